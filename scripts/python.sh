#!/bin/sh
# Makes build/venv, the Python that tests read our stores and arrays back with,
# and prints nothing but errors when it is there already.
set -eu
cd "$(dirname "$0")/.."

packages="numpy==2.4.6 pandas==3.1.1 xarray==2026.9.0 zarr==3.1.6 scipy==1.17.1"
venv=build/venv

if [ "$(cat "$venv/packages" 2>/dev/null)" = "$packages" ]; then
	exit 0
fi
echo "making $venv: $packages" >&2
mkdir -p build
${PYTHON:-python3} -m venv --clear "$venv"
# shellcheck disable=SC2086 # the list is meant to be split
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check $packages
echo "$packages" >"$venv/packages"
