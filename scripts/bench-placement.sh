#!/usr/bin/env bash
# Times job files over MPI on two virtual nodes, placed by our plan and by the
# rules that it is compared with, in turn:
#
#   bench-placement.sh [ROUNDS [JOB[:FUSE]...]]      (3, all)
#
# A node is one processor of this machine, by its affinity, which two ranks share, and its
# link has 1 Gbit/s, by a token bucket (tbf). Each job is run once to measure it, and all
# plans are made from that profile: with as many instances as it suggests, of which
# only ours may add some where its prediction gains by it; with neighbours fused
# as by default (auto), and with every PE a stage of its own (off).
# It prints the median of the wall time in seconds, start of MPI included, and in
# brackets the quartiles and what was predicted. It takes root, two processors, Open MPI
# (see mpi.sh), tc and taskset.
set -euo pipefail
cd "$(dirname "$0")/.."
for c in tc taskset; do
	command -v $c >/dev/null || { echo "bench-placement.sh: there is no $c" >&2; exit 3; }
done
rounds=${1:-3}
shift $(($# > 0))
work=$(mktemp -d)
trap 'scripts/nodes.sh down "$work/nodes" 2>/dev/null || :; rm -rf "$work"' EXIT
go build -o "$work/dispel4go" ./cmd/dispel4go
scripts/nodes.sh up "$work/nodes" 2 "$work" >/dev/null
for n in 1 2; do
	scripts/nodes.sh on "$work/nodes" n$n tc qdisc add dev eth0 root tbf rate 1gbit burst 256kb latency 50ms
done
cat >"$work/pinned" <<'END'
#!/bin/sh
n=$(hostname)
exec taskset -c $((${n#n} - 1)) "$(dirname "$0")/dispel4go" "$@"
END
chmod +x "$work/pinned"

# once DIR JOB ARG... runs a job on the two nodes and prints "seconds predicted".
once() {
	local dir=$1 job=$2
	shift 2
	scripts/nodes.sh on "$work/nodes" hub mpirun.openmpi --allow-run-as-root --mca plm rsh --mca plm_rsh_agent "$work/nodes/agent" --mca ras ^slurm \
		--mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 --mca btl self,vader,tcp --bind-to none -H n1:2,n2:2 -n 4 \
		"$work/pinned" run "$job" -q --json --digest=false --dir "$dir" "$@" >"$work/out" 2>"$work/err" </dev/null || { cat "$work/err" >&2; exit 1; }
	"$work/dispel4go" report "$dir" --json | sed 's/[,{]/\n/g' | awk -F: '
		/^"wall_s"/ && wall == "" {wall = $2} /^"seconds"/ && predicted == "" {predicted = $2} END {print wall, predicted}'
}

# summary of lines "seconds predicted": the median, its quartiles, the prediction.
summary() {
	sort -g | awk 'function at(q,  p, i) {p = 1 + q * (NR - 1); i = int(p); return a[i] + (p - i) * (a[i < NR ? i + 1 : i] - a[i])}
		{a[NR] = $1; predicted = $2} END {printf "%.2f (%.2f-%.2f, %.2f)", at(.5), at(.25), at(.75), predicted}'
}

ways="best round_robin contiguous storm"
printf '%-16s %-5s' job fuse
# shellcheck disable=SC2086 # the list is meant to be split
printf ' %24s' $ways
echo
bench() {
	local name=$1 fuse way i
	shift
	for fuse in auto off; do
		[ -z "$only" ] || [[ " $only " == *" $name "* || " $only " == *" $name:$fuse "* ]] || continue
		[ -d "$work/$name-measured" ] || once "$work/$name-measured" "examples/$name.toml" "$@" >/dev/null
		for ((i = 0; i < rounds; i++)); do
			for way in $ways; do
				once "$work/$name-$fuse-$way-$i" "examples/$name.toml" "$@" --profile "$work/$name-measured" --fuse $fuse --placement "$way" >>"$work/$name.$fuse.$way"
				rm -rf "$work/$name-$fuse-$way-$i"
			done
		done
		printf '%-16s %-5s' "$name" $fuse
		for way in $ways; do
			printf ' %24s' "$(summary <"$work/$name.$fuse.$way")"
		done
		echo
	done
}
only="$*"
bench ambient-noise --set noise.hours=24
bench hourly-stacks --set noise.hours=72
bench nine-components --set noise.hours=20
bench monitoring --set noise.stations=16 --set noise.periods=72
