#!/bin/bash
#
# job: 1 rank on 1 node, by dispel4go sbatch.
#
#SBATCH --job-name=job
#SBATCH --time=01:00:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --array=1-3%2
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log

set -euo pipefail

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 3600))}"

program='/usr/bin/dispel4go'
run_dir='runs/job-'"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
work+=(--table '/home/table.csv' --row "$SLURM_ARRAY_TASK_ID")
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && [ -e "$run_dir" ]; then # else it is that of another cluster's job
	work+=(--continue "$run_dir")
else
	work+=(--dir "$run_dir")
fi

reason= # why the job is to be queued again
status=0
srun --cpu-bind=cores --kill-on-bad-exit=1 "$program" "${work[@]}" || status=$?
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
if [ -n "$reason" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 10 ]; then
	echo "exit code $status, $reason: the job is queued again"
	trap '' TERM # which is sent to all that is left of a job that has been queued again, and so to scontrol
	scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit "$status"
	echo 'Slurm has not queued it again'
elif [ -n "$reason" ]; then
	echo "exit code $status, $reason: the job is not queued again, as max_requeues is 10"
fi
if [ "$status" -eq 75 ] || [ -n "$reason" ]; then
	command=('/usr/bin/dispel4go' 'sbatch' '/home/it'\''s me/job.toml' '--nodes=2')
	command+=(--only-failed)
	echo "rows that are not complete begin anew, each with this much time; when all are over: cd $(printf '%q' '/home/it'\''s me') &&$(printf ' %q' "${command[@]}" --submit)"
fi
exit "$status"
