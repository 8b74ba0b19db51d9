#!/usr/bin/env bash
# A Slurm of its own for tests: a controller on a hub, and slurmd on two virtual
# nodes (scripts/nodes.sh), all of it in one folder and without a trace elsewhere.
#
#   slurm.sh install       install what it takes (root and apt-get)
#   slurm.sh up DIR        start it; then nodes.sh on DIR/nodes hub CMD is a login
#                          node, where SLURM_CONF=DIR/slurm.conf has to be set
#   slurm.sh node DIR N    start node N again after nodes.sh crash or kill
#   slurm.sh down DIR      end it
#
# A node that does not answer is down after 15 s: Slurm tries twice, for as long
# as MessageTimeout and SlurmdTimeout. KillWait is 5 s. Exit code 3 says that
# Slurm is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
nodes=$PWD/scripts/nodes.sh
die() { echo "slurm.sh: $*" >&2; exit 1; }

# have says whether all of these commands are here; command -v is content with one.
have() {
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null || return 1
	done
}

install() {
	if have slurmctld slurmd sbatch munged shellcheck && [ -e "$(gcc -print-file-name=libpmix.so 2>/dev/null)" ]; then
		return
	fi
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "SKIP: Slurm: installing it takes root and apt-get" >&2
		return
	fi
	echo "installing Slurm, munge and shellcheck" >&2
	local apt=(apt-get -o DPkg::Lock::Timeout=300 -qq)
	# Slurm's plugin for PMIx opens libpmix.so, which only the package for development has.
	local packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge shellcheck libpmix-dev)
	export DEBIAN_FRONTEND=noninteractive
	"${apt[@]}" install -y --no-install-recommends "${packages[@]}" >/dev/null ||
		{ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >/dev/null; }
}

# conf writes what slurmctld and slurmd read.
conf() {
	local dir=$1
	mkdir -p "$dir"/{munge,state,spool,log}
	chmod 755 "$dir"
	head -c 128 /dev/urandom >"$dir/munge/key"
	chmod 600 "$dir/munge/key"
	cat >"$dir/slurm.conf" <<C
ClusterName=testing
SlurmctldHost=hub(10.77.0.254)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
InactiveLimit=0
KillWait=5
MinJobAge=600
OverTimeLimit=0
SlurmdTimeout=5
MessageTimeout=6
UnkillableStepTimeout=10
JobRequeue=1
SlurmdParameters=config_overrides
MaxArraySize=1001
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=n1 NodeAddr=10.77.0.1 CPUs=4 RealMemory=16000 State=UNKNOWN
NodeName=n2 NodeAddr=10.77.0.2 CPUs=4 RealMemory=16000 State=UNKNOWN
PartitionName=batch Nodes=n[1-2] Default=YES MaxTime=1-00:00:00 State=UP
PartitionName=short Nodes=n[1-2] MaxTime=00:10:00 State=UP
C
	# slurmd asks for a plugin of cgroups, though none is used.
	printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$dir/cgroup.conf"
}

# slurmd starts the daemon of a node, where only the node's first process lives on
# when this script ends.
slurmd() {
	mkdir -p "$1/spool/$2"
	"$nodes" on "$1/nodes" "$2" env SLURM_CONF="$1/slurm.conf" timeout 20 slurmd -f "$1/slurm.conf" -N "$2" >>"$1/log/start" 2>&1 ||
		die "slurmd of $2 did not start: $(tail -3 "$1/log/start")"
}

# ready waits until so many nodes can be used.
ready() {
	local dir=$1 n=$2 up tries
	for ((tries = 0; tries < 300; tries++)); do
		up=$("$nodes" on "$dir/nodes" hub env SLURM_CONF="$dir/slurm.conf" timeout 5 sinfo -h -N -p batch -o '%t' 2>/dev/null | grep -cE '^(idle|mix|alloc)$') || :
		[ "$up" -lt "$n" ] || return 0
		sleep 0.1
	done
	die "nodes are not ready: $(tail -n 4 "$dir"/log/*)"
}

up() {
	local dir=$1
	for c in slurmctld slurmd munged; do
		command -v $c >/dev/null || { echo "slurm.sh: there is no $c: slurm.sh install" >&2; exit 3; }
	done
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	"$nodes" up "$dir/nodes" 2 "$dir" || exit $?
	trap '"$nodes" down "$dir/nodes"' EXIT
	conf "$dir"
	"$nodes" on "$dir/nodes" hub munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munged.pid" \
		--log-file="$dir/log/munged" --seed-file="$dir/munge/seed" >>"$dir/log/start" 2>&1 || die "munged did not start: $(cat "$dir/log/start")"
	"$nodes" on "$dir/nodes" hub env SLURM_CONF="$dir/slurm.conf" slurmctld -f "$dir/slurm.conf" >>"$dir/log/start" 2>&1 || die "slurmctld did not start: $(cat "$dir/log/start")"
	slurmd "$dir" n1
	slurmd "$dir" n2
	ready "$dir" 2
	trap - EXIT
}

verb=${1:-}
[ "$verb" = install ] || [ -n "${2:-}" ] || die "usage: slurm.sh install|up|node|down DIR .. (the script says more)"
case $verb in
install) install ;;
up) up "$2" ;;
node)
	[ -e "$2/nodes/$3.pid" ] || "$nodes" start "$2/nodes" "$3" "$2"
	rm -rf "$2/slurmd-$3.pid" "$2/spool/$3" # as a node forgets that starts again
	"$nodes" on "$2/nodes" "$3" sh -c 'rm -rf /tmp/*spmix* /tmp/ompi*'
	slurmd "$2" "$3"
	;;
down) "$nodes" down "$2/nodes" ;;
*) die "there is no verb $verb" ;;
esac
