#!/usr/bin/env bash
# Virtual nodes on one machine, for tests of what only happens between hosts.
#
#   nodes.sh up DIR [N [FOLDER...]]   make a hub and N nodes (2) called n1, n2, ..
#   nodes.sh on DIR NODE CMD...       run a command on a node or on the hub, here
#   nodes.sh crash DIR NODE           kill all that runs on a node, but not its network
#   nodes.sh kill DIR NODE            the same with its network, as by its switch
#   nodes.sh start DIR NODE [FOLDER...]  start a node again
#   nodes.sh down DIR                 end everything
#
# A node has its own network, host name, System V memory, /dev/shm, /tmp and
# boot_id, so that no MPI finds a way between two of them but TCP. DIR is new;
# it, the project and the FOLDERs are the same for all nodes. DIR/hosts names
# them, DIR/agent HOST CMD is what launchers can use in place of ssh.
#
# Namespaces are held by processes and have no names, so any number of these may
# be up at once, all at 10.77.0.0/24, and nothing of it is seen on the machine.
# One for processes holds the whole: when its first process ends, all others do.
# NODES_LEASH, if set, is a file descriptor of up to read from: at its end, as
# when the program that holds the other end of a pipe is killed, all ends too.
# It takes root, util-linux and iproute2; exit code 3 says that they are missing.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
self=$project/scripts/nodes.sh

die() { echo "nodes.sh: $*" >&2; exit 1; }

# enter DIR NODE CMD... replaces this shell. DIR/NODE.pid is what the nodes call
# the first process of a node, DIR/outside what the machine calls the hub's.
enter() {
	local dir=$1 pid folder=$PWD
	[ -s "$1/$2.pid" ] || die "$1 has no node $2"
	pid=$(cat "$1/$2.pid")
	shift 2
	# shellcheck disable=SC2016 # the shell there expands it
	set -- nsenter -t "$pid" -n -u -i -m -- /bin/sh -c 'cd "$0" 2>/dev/null || cd /; exec "$@"' "$folder" "$@"
	if [ "$(readlink /proc/self/ns/pid)" != "$(cat "$dir/processes")" ]; then
		set -- nsenter -t "$(cat "$dir/outside")" -m -p -- "$@"
	fi
	exec "$@"
}

# boot is what a node does in its new namespaces: DIR NODE ADDRESS FOLDER...
boot() {
	local dir=$1 node=$2 address=$3
	shift 3
	hostname "$node"
	mount --bind "$dir/hosts" /etc/hosts
	cat /proc/sys/kernel/random/uuid >"$dir/$node.boot_id"
	mount --bind "$dir/$node.boot_id" /proc/sys/kernel/random/boot_id # by which UCX knows a machine
	mount -t tmpfs -o size=512m,mode=1777 tmpfs /dev/shm
	# A new /tmp, through which the shared folders still show.
	local -a held=()
	local folder fd
	for folder in "$dir" "$project" "$@"; do
		exec {fd}<"$folder"
		held+=("$fd")
	done
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	for folder in "$dir" "$project" "$@"; do
		fd=${held[0]}
		held=("${held[@]:1}")
		case $folder in
		/tmp/*)
			mkdir -p "$folder"
			(cd "/proc/self/fd/$fd" && mount --no-canonicalize --bind . "$folder")
			;;
		esac
		exec {fd}<&-
	done
	ip link set lo up
	if [ "$node" = hub ]; then
		ip link add br0 type bridge
		ip addr add "$address/24" dev br0
		ip link set br0 up
	fi
	[ "$node" != hub ] || readlink /proc/self/ns/pid >"$dir/processes"
	readlink /proc/self/ns/net >"$dir/$node.network"
	echo $$ >"$dir/$node.new"
	mv "$dir/$node.new" "$dir/$node.pid"
	trap '' TERM HUP INT
	if [ "$node" = hub ] && [ -n "${NODES_LEASH:-}" ]; then
		fd=$NODES_LEASH
	else
		exec {fd}<> <(:)
	fi
	local code=142 # of a read whose time is up
	while [ "$code" -ne 1 ]; do # the first process takes in those whose parents have ended, and has no children
		code=0
		read -r -t 3600 -u "$fd" || code=$?
	done
}

# hold starts a node and waits until it is there: DIR NODE ADDRESS FOLDER...
hold() {
	local dir=$1 node=$2 tries
	set -- "$self" boot "$@"
	if [ "$node" = hub ]; then
		set -- unshare -n -u -i -m -p -f --kill-child --mount-proc --propagation private "$@"
	else
		set -- nsenter -t "$(cat "$dir/outside")" -m -p -- unshare -n -u -i -m --propagation private "$@"
	fi
	setsid "$@" </dev/null >"$dir/$node.log" 2>&1 &
	local outer=$!
	for ((tries = 0; tries < 200; tries++)); do
		[ ! -e "$dir/$node.pid" ] || break
		kill -0 "$outer" 2>/dev/null || die "$node did not start: $(cat "$dir/$node.log")"
		sleep 0.05
	done
	[ -e "$dir/$node.pid" ] || die "$node did not start in 10 s: $(cat "$dir/$node.log")"
	[ "$node" != hub ] || pgrep -P "$outer" >"$dir/outside"
}

up() {
	local dir=$1 n=${2:-2} i
	shift $(($# < 2 ? $# : 2))
	local c missing=
	for c in unshare nsenter ip pgrep; do # command -v is content with one
		command -v "$c" >/dev/null || missing=1
	done
	if [ -n "$missing" ] || ! unshare -n -u -i -m -p -f true 2>/dev/null; then
		echo "nodes.sh: virtual nodes take root, util-linux, procps and iproute2" >&2
		exit 3
	fi
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[ ! -e "$dir/hosts" ] || die "$dir has nodes already"
	{
		echo "127.0.0.1 localhost"
		echo "10.77.0.254 hub"
		for ((i = 1; i <= n; i++)); do echo "10.77.0.$i n$i"; done
	} >"$dir/hosts"
	printf '#!/bin/sh\nexec %q agent %q "$@"\n' "$self" "$dir" >"$dir/agent"
	chmod +x "$dir/agent"
	trap 'down "$dir"' EXIT
	hold "$dir" hub 10.77.0.254 "$@"
	for ((i = 1; i <= n; i++)); do
		hold "$dir" "n$i" "10.77.0.$i" "$@"
		join "$dir" "n$i" "10.77.0.$i"
	done
	trap - EXIT
}

# join lays the cable from a node to the hub: DIR NODE ADDRESS.
join() {
	at hub "$1" ip link del "$2" 2>/dev/null || : # of before it was killed
	at hub "$1" ip link add "$2" type veth peer name eth0 netns "$(cat "$1/$2.pid")"
	at hub "$1" ip link set "$2" master br0 up
	at "$2" "$1" ip addr add "$3/24" dev eth0
	at "$2" "$1" ip link set eth0 up
	at "$2" "$1" ip route add default via 10.77.0.254 # some MPIs take no interface without one
}

# at NODE DIR CMD... is enter in a shell of its own.
at() { (enter "$2" "$1" "${@:3}"); }

# crash DIR NODE [ALL] kills all processes of a node, and those they start
# meanwhile; with ALL also the first, and with that the network.
crash() {
	local network first process found=1
	network=$(cat "$1/$2.network" 2>/dev/null) || die "$1 has no node $2"
	first=$(cat "$1/$2.pid")
	network=${network//[/\\[} # what find would take for a set of characters
	while [ "$found" = 1 ]; do
		found=0
		for process in $(find /proc/[0-9]*/ns/net -maxdepth 0 -lname "$network" 2>/dev/null | cut -d/ -f3); do
			if [ -n "${3:-}" ] || ! grep -qsE "^NSpid:.*\\s$first\$" "/proc/$process/status"; then
				kill -KILL "$process" 2>/dev/null || :
				found=1
			fi
		done
	done
}

# off DIR NODE ends a node.
off() {
	crash "$1" "$2" all
	rm -f "$1/$2".{pid,network}
}

down() {
	local hub
	hub=$(cat "$1/outside" 2>/dev/null) || die "$1 has no nodes"
	if tr '\0' ' ' <"/proc/$hub/cmdline" 2>/dev/null | grep -qF "$1 hub "; then
		kill -KILL "$hub"
		while kill -0 "$hub" 2>/dev/null; do sleep 0.02; done
	fi
	rm -f "$1"/{hosts,agent,outside,processes} "$1"/*.{boot_id,log,pid,network}
	rmdir "$1" 2>/dev/null || : # unless there is something of others in it
}

# agent DIR HOST CMD... is ssh for launchers: without its options, by name or
# address, and the command is one for a shell.
agent() {
	local dir=$1 host
	shift
	while :; do
		case $1 in
		-[xnqTX4]) shift ;;
		-[lpoi]) shift 2 ;;
		*) break ;;
		esac
	done
	host=$1
	shift
	case $host in
	10.77.0.254 | localhost) host=hub ;;
	10.77.0.*) host=n${host##*.} ;;
	esac
	enter "$dir" "$host" /bin/sh -c "$*"
}

verb=${1:-} dir=${2:-}
[ -n "$dir" ] || die "usage: nodes.sh up|on|kill|down DIR .. (the script says more)"
shift 2
[ "$verb" = up ] || dir=$(cd "$dir" 2>/dev/null && pwd) || die "there is no $dir"
case $verb in
up) up "$dir" "$@" ;;
on) enter "$dir" "$@" ;;
crash) crash "$dir" "$1" ;;
kill) off "$dir" "$1" ;;
start)
	[ ! -e "$dir/$1.pid" ] || die "$1 is up"
	address=10.77.0.${1#n}
	hold "$dir" "$1" "$address" "${@:2}"
	join "$dir" "$1" "$address"
	;;
down) down "$dir" ;;
agent) agent "$dir" "$@" ;;
boot) boot "$dir" "$@" ;;
*) die "there is no verb $verb" ;;
esac
