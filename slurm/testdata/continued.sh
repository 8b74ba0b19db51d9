#!/bin/bash
#
# job: 2 ranks on 2 nodes, by dispel4go sbatch.
#
#SBATCH --job-name=job
#SBATCH --time=01:00:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=1024M
#SBATCH --signal=USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

set -euo pipefail

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 3600))}"

program='/usr/bin/dispel4go'
run_dir='/scratch/it'\''s me/runs/job-12'
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
work+=(--continue "$run_dir")

reason= # why the job is to be queued again
status=0
srun --mpi=pmi2 --cpu-bind=cores --kill-on-bad-exit=1 "$program" "${work[@]}" || status=$?
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
if [ -n "$reason" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 1 ]; then
	echo "exit code $status, $reason: the job is queued again"
	trap '' TERM # which is sent to all that is left of a job that has been queued again, and so to scontrol
	scontrol requeue "$SLURM_JOB_ID" && exit "$status"
	echo 'Slurm has not queued it again'
elif [ -n "$reason" ]; then
	echo "exit code $status, $reason: the job is not queued again, as max_requeues is 1"
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
