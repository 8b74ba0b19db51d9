#!/usr/bin/env bash
# Times a stream between two virtual nodes over links of several speeds, with
# what leaves a node compressed in each way, in turn:
#
#   bench-compress.sh [ROUNDS [RATE...]]      (3, 100mbit 1gbit 0)
#
# A RATE is one of tc; 0 leaves the link as it is. The items are traces: recorded
# counts of a day, again and again, where ../shared/data/scedc is, else generated
# noise. It prints medians of the wall time in seconds, and how much smaller each
# way has made the stream. It takes root, tc, and Open MPI (see mpi.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
shift $(($# > 0))
[ $# -gt 0 ] || set -- 100mbit 1gbit 0
data=$(readlink -f ../shared/data/scedc || :)
[ -d "$data" ] || data=
work=$(mktemp -d)
trap 'scripts/nodes.sh down "$work/nodes" 2>/dev/null || :; rm -rf "$work"' EXIT
command -v tc >/dev/null || { echo "bench-compress.sh: there is no tc: apt-get install iproute2" >&2; exit 3; }
go build -o "$work/dispel4go" ./cmd/dispel4go
scripts/nodes.sh up "$work/nodes" 2 "$work" ${data:+"$data"} >/dev/null

if [ -n "$data" ]; then
	mkdir "$work/days"
	for ((k = 0; k < 3; k++)); do
		for file in "$data"/*.ms; do cp "$file" "$work/days/$k-$(basename "$file")"; done
	done
	source='type = "seismo.ReadMseed"
with = { path = "days", chunk_s = 600.0 }'
else
	echo "SKIP: no ../shared/data/scedc: the traces are generated noise, which hardly gets smaller"
	source='type = "seismo.Noise"
with = { stations = 24, hours = 24.0, rate_hz = 40.0 }'
fi
cat >"$work/job.toml" <<EOF
name = "stream"
connect = [{ from = "source.out", to = "sink.in" }]
[[pe]]
name = "source"
instances = 1
$source
[[pe]]
name = "sink"
type = "pes.Discard"
instances = 1
EOF

# once WAY prints the seconds of a run, and the ratio.
runs=0
once() {
	runs=$((runs + 1))
	local dir=$work/run-$runs
	scripts/nodes.sh on "$work/nodes" hub mpirun.openmpi --allow-run-as-root --mca plm rsh --mca plm_rsh_agent "$work/nodes/agent" --mca ras ^slurm \
		--mca oob_tcp_if_include 10.77.0.0/24 --mca btl_tcp_if_include 10.77.0.0/24 --mca btl self,vader,tcp --bind-to none -H n1:1,n2:1 -n 2 \
		"$work/dispel4go" run "$work/job.toml" -q --json --digest=false --fuse off --compress "$1" --dir "$dir" 2>"$work/err" </dev/null |
		sed -n 's/.*"wall_s": *\([0-9.e+-]*\).*/\1/p' >"$work/wall" || { cat "$work/err" >&2; exit 1; }
	awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "pack_ratio") c = i} $1 == "source" {print $c}' "$dir/trace.csv" >"$work/ratio"
	paste -d' ' "$work/wall" "$work/ratio"
	rm -r "$dir"
}

median() { sort -g | awk '{a[NR] = $1} END {print (NR % 2) ? a[(NR+1)/2] : (a[NR/2] + a[NR/2+1]) / 2}'; }

ways="off auto s2 zstd numeric"
printf '%-12s' link
# shellcheck disable=SC2086 # the list is meant to be split
printf '%16s' $ways
echo
for rate; do
	for node in n1 n2; do
		scripts/nodes.sh on "$work/nodes" "$node" tc qdisc del dev eth0 root 2>/dev/null || :
		[ "$rate" = 0 ] || scripts/nodes.sh on "$work/nodes" "$node" tc qdisc add dev eth0 root tbf rate "$rate" burst 256k latency 50ms
	done
	for ((i = 0; i < rounds; i++)); do
		for way in $ways; do once "$way" >>"$work/$rate.$way"; done
	done
	printf '%-12s' "${rate/#0/as it is}"
	for way in $ways; do
		printf '%9.2f (%4.1f)' "$(cut -d' ' -f1 "$work/$rate.$way" | median)" "$(cut -d' ' -f2 "$work/$rate.$way" | median)"
	done
	echo
done
