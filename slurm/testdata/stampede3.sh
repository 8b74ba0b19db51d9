#!/bin/bash
#
# job: 16 ranks on 8 nodes, by dispel4go sbatch.
#
#SBATCH --job-name=job
#SBATCH --partition=skx
#SBATCH --time=02:00:00
#SBATCH --nodes=8
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=24
#SBATCH --signal=B:USR2@120
#SBATCH --no-requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

set -euo pipefail
trap : USR2 # of which this script would die

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 7200))}"

program='/usr/bin/dispel4go'
run_dir='runs/job-'"$SLURM_JOB_ID"
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
work+=(--dir "$run_dir")

status=0
left=$((SLURM_JOB_END_TIME - $(date +%s) - 120)) # seconds until time is almost up, for ranks that are not told
export D4_TIME_LIMIT="${D4_TIME_LIMIT:-$((left > 0 ? left : 1))s}"
ibrun "$program" "${work[@]}" &
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
	status=1
fi
if [ "$status" -eq 75 ] && grep -qs '"lost": \[' "${parts[@]}"; then
	echo 'it cannot go on where it was, and would begin anew: ask for more --time'
elif [ "$status" -eq 75 ]; then
	command=('/usr/bin/dispel4go' 'sbatch' '/home/it'\''s me/job.toml' '--nodes=2')
	if [ -e "$run_dir"/run.json ]; then
		command+=(--continue "$(realpath "$run_dir")")
	fi
	echo "for the rest: cd $(printf '%q' '/home/it'\''s me') &&$(printf ' %q' "${command[@]}" --submit)"
fi
exit "$status"
