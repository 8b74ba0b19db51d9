#!/usr/bin/env bash
# Times job files over MPI on two virtual nodes of two ranks each, placed by our
# plan and by the rules that it is compared with, in turn:
#
#   bench-placement.sh [ROUNDS]      (3)
#
# Each job is run once to measure it; the column "profile" is the plan made from
# that, "best" the plan of a first run. It prints medians of the wall time in
# seconds. The third job is real recordings: ../shared/data/scedc, left out with
# a word where it is not. It takes root, and Open MPI (see mpi.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
data=$(readlink -f ../shared/data/scedc || :)
work=$(mktemp -d)
trap 'scripts/nodes.sh down "$work/nodes" 2>/dev/null || :; rm -rf "$work"' EXIT
go build -o "$work/dispel4go" ./cmd/dispel4go
scripts/nodes.sh up "$work/nodes" 2 "$work" ${data:+"$data"} >/dev/null

# once NAME JOB ARG... prints the seconds of a run on two nodes.
runs=0
once() {
	local name=$1 job=$2
	shift 2
	runs=$((runs + 1))
	scripts/nodes.sh on "$work/nodes" hub mpirun.openmpi --allow-run-as-root --mca plm rsh --mca plm_rsh_agent "$work/nodes/agent" --mca ras ^slurm \
		--mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 --mca btl self,vader,tcp --bind-to none -H n1:2,n2:2 -n 4 \
		"$work/dispel4go" run "$job" -q --json --digest=false --cores 1 --dir "$work/$name-$runs" "$@" 2>"$work/err" </dev/null |
		sed -n 's/.*"wall_s": *\([0-9.e+-]*\).*/\1/p' || { cat "$work/err" >&2; exit 1; }
}

median() { sort -g | awk '{a[NR] = $1} END {print (NR % 2) ? a[(NR+1)/2] : (a[NR/2] + a[NR/2+1]) / 2}'; }

ways="profile best round_robin contiguous storm"
printf '%-16s' job
# shellcheck disable=SC2086 # the list is meant to be split
printf '%13s' $ways
echo
bench() {
	local job=$1 name
	shift
	name=$(basename "$job" .toml)
	once "$name-measured" "$job" "$@" >/dev/null
	local measured="$work/$name-measured-1"
	[ -d "$measured" ] || measured=$(ls -d "$work/$name-measured-"* | head -1)
	for ((i = 0; i < rounds; i++)); do
		for way in $ways; do
			case $way in
			best) once "$name" "$job" "$@" ;;
			profile) once "$name" "$job" "$@" --profile "$measured" ;;
			*) once "$name" "$job" "$@" --profile "$measured" --placement "$way" ;;
			esac >>"$work/$name.$way"
		done
	done
	printf '%-16s' "$name"
	for way in $ways; do
		printf '%13.2f' "$(median <"$work/$name.$way")"
	done
	echo
}
bench examples/ambient-noise.toml
bench examples/hourly-stacks.toml
if [ -d "$data" ]; then
	bench examples/scedc-pair.toml --set "read.path=$data"
else
	echo "SKIP: no ../shared/data/scedc: scedc-pair is left out"
fi
