#!/bin/bash
#
# job: 16 ranks on 2 nodes, by dispel4go sbatch.
#
#SBATCH --job-name=job
#SBATCH --account=n02
#SBATCH --partition=standard
#SBATCH --qos=short
#SBATCH --time=00:20:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --cpus-per-task=16
#SBATCH --hint=nomultithread
#SBATCH --distribution=block:block
#SBATCH --signal=USR2@120
#SBATCH --no-requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

set -euo pipefail

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}" OMP_NUM_THREADS=1
export SRUN_CPUS_PER_TASK="$GOMAXPROCS" # which srun does not inherit since 22.05
export SLURM_JOB_START_TIME="${SLURM_JOB_START_TIME:-$(date +%s)}" # Slurm says so itself from 23.02 on
export SLURM_JOB_END_TIME="${SLURM_JOB_END_TIME:-$((SLURM_JOB_START_TIME + 1200))}"

program='/usr/bin/dispel4go'
run_dir='runs/job-'"$SLURM_JOB_ID"
echo "$(date '+%Y-%m-%dT%H:%M:%S%z') job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, started ${SLURM_RESTART_COUNT:-0} times before: $("$program" version), job file 012301230123, modules ${LOADEDMODULES:-none}"

work=('run' '/home/it'\''s me/job.toml')
work+=(--dir "$run_dir")

status=0
srun --cpu-bind=cores --kill-on-bad-exit=1 "$program" "${work[@]}" || status=$?
if [ "$status" -eq 0 ] && ! grep -qs '"state": "complete"' "$run_dir"/run.json "$run_dir"-*/run.json; then
	echo 'the ranks were not started, though the launcher does not say so' >&2
	status=1
fi
if [ "$status" -eq 75 ]; then
	next=('/usr/bin/dispel4go' 'sbatch' '/home/it'\''s me/job.toml' '--nodes=2')
	if [ -e "$run_dir" ]; then
		next+=(--continue "$(realpath "$run_dir")")
	fi
	echo "for the rest:$(printf ' %q' "${next[@]}" --submit)"
fi
exit "$status"
