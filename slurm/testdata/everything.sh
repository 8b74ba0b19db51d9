#!/bin/bash -l
#
# it's 100% a "name" with \ and $HOME: 8 ranks on 4 nodes, by dispel4go sbatch.
#
#SBATCH --job-name="it's 100% a \"name\" with \\ and $HOME"
#SBATCH --account=p123
#SBATCH --partition=batch,long
#SBATCH --qos=high
#SBATCH --reservation=school
#SBATCH --time=1-12:00:00
#SBATCH --time-min=02:00:00
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=16
#SBATCH --mem=65536M
#SBATCH --exclusive
#SBATCH --hint=nomultithread
#SBATCH --distribution=block:block
#SBATCH --constraint=[rack1*2&rack2*4]
#SBATCH --gres=tmp:10G
#SBATCH --licenses=matlab:1
#SBATCH --signal=USR2@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=logs/%x-%j.log
#SBATCH --mail-type=END,FAIL
#SBATCH --mail-user=someone@example.org
#SBATCH --dependency=afterok:1234
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --chdir="/scratch/a folder"
#SBATCH --comment="test run"
#SBATCH --nodelist=n[1-4]

set -euo pipefail

set +u # module scripts are not written for it
module purge
module load 'openmpi/4.1.5' 'gcc'
set -u

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export A='$(touch /tmp/x)'
export B='it'\''s'
export C='`x`;"\'
ulimit -s unlimited
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 129600))}"

program='/opt/my tools/dispel4go'
run_dir='runs/it-s-100--a--name--with---and--HOME-'"$SLURM_JOB_ID"
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && [ -e "$run_dir" ]; then # else it is that of another cluster's job
	work+=(--continue "$run_dir")
else
	work+=(--dir "$run_dir")
fi

reason= # why the job is to be queued again
status=0
srun --mpi=pmix --cpu-bind=sockets --kill-on-bad-exit=1 "$program" "${work[@]}" || status=$?
parts=("$run_dir"/run.json) # of this run, and no other whose name begins so
while [ -e "$run_dir-$((${#parts[@]} + 1))" ]; do
	parts+=("$run_dir-$((${#parts[@]} + 1))/run.json")
done
if [ "$status" -eq 0 ] && ! grep -qs '"state": "complete"' "${parts[@]}"; then
	echo 'the ranks were not started, though the launcher does not say so' >&2
	reason='the ranks were not started'
	status=1
fi

if { [ "$status" -eq 75 ] || [ "$status" -eq 140 ]; } && ! grep -qs '"lost": \[' "${parts[@]}"; then # 140 is the signal itself, where it came before the ranks could take it
	reason='time was up'
fi
case $status in
0 | 2 | 75 | 130 | 140 | 143) ;; # done, wrong usage, time, or someone wanted it to end
*)
	if ! timeout 60 srun --overlap --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" --ntasks-per-node=1 true; then
		reason='a node does not answer'
	fi
	;;
esac
if [ -n "$reason" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
	echo "exit code $status, $reason: the job is queued again"
	trap '' TERM # which is sent to all that is left of a job that has been queued again, and so to scontrol
	scontrol requeue "$SLURM_JOB_ID" && exit "$status"
	echo 'Slurm has not queued it again'
elif [ -n "$reason" ]; then
	echo "exit code $status, $reason: the job is not queued again, as max_requeues is 3"
fi
if [ "$status" -eq 75 ] && grep -qs '"lost": \[' "${parts[@]}"; then
	echo 'it cannot go on where it was, and would begin anew: ask for more --time'
elif [ "$status" -eq 75 ] || [ -n "$reason" ]; then
	command=('/usr/bin/dispel4go' 'sbatch' '/home/it'\''s me/job.toml' '--nodes=2')
	if [ -e "$run_dir"/run.json ]; then
		command+=(--continue "$(realpath "$run_dir")")
	fi
	echo "for the rest: cd $(printf '%q' '/home/it'\''s me') &&$(printf ' %q' "${command[@]}" --submit)"
fi
exit "$status"
