#!/bin/bash
#
# job: 8 ranks on 2 nodes, by dispel4go sbatch.
#
#SBATCH --job-name=job
#SBATCH --time=01:00:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2048M
#SBATCH --signal=B:USR2@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

set -euo pipefail
trap : USR2 # of which this script would die

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 3600))}"

program='/usr/bin/dispel4go'
run_dir='runs/job-'"$SLURM_JOB_ID"
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
work+=(--dir "$run_dir")

reason= # why the job is to be queued again
status=0
case $(mpirun --version 2>&1) in
*'Open MPI'*) trap 'kill -USR2 "${launcher:-}" 2>/dev/null || true' USR2 ;; # it tells the ranks
esac
left=$((SLURM_JOB_END_TIME - $(date +%s) - 120)) # seconds until time is almost up, for ranks that are not told
export D4_TIME_LIMIT="${D4_TIME_LIMIT:-$((left > 0 ? left : 1))s}"
mpirun -n "$SLURM_NTASKS" "$program" "${work[@]}" &
launcher=$!
trap 'kill -TERM "$launcher" 2>/dev/null || true' TERM
while kill -0 "$launcher" 2>/dev/null; do # a trap ends wait before the launcher does
	wait "$launcher" || true
done
wait "$launcher" || status=$? # which bash has kept
parts=("$run_dir"/run.json) # of this run, and no other whose name begins so
while [ -e "$run_dir-$((${#parts[@]} + 1))" ]; do
	parts+=("$run_dir-$((${#parts[@]} + 1))/run.json")
done
if [ "$status" -eq 0 ] && ! grep -qs '"state": "complete"' "${parts[@]}"; then
	echo 'the ranks were not started, though the launcher does not say so' >&2
	reason='the ranks were not started'
	status=1
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
	scontrol requeue "$SLURM_JOB_ID" && exit "$status"
	echo 'Slurm has not queued it again'
elif [ -n "$reason" ]; then
	echo "exit code $status, $reason: the job is not queued again, as max_requeues is 10"
fi
if [ "$status" -eq 75 ]; then
	echo 'it cannot go on where it was, and would begin anew: ask for more --time'
elif [ -n "$reason" ]; then
	command=('/usr/bin/dispel4go' 'sbatch' '/home/it'\''s me/job.toml' '--nodes=2')
	echo "to begin anew: cd $(printf '%q' '/home/it'\''s me') &&$(printf ' %q' "${command[@]}" --submit)"
fi
exit "$status"
