#!/bin/sh
# Installs the partitioners that make bench-partition compares ours with:
# gpmetis and gpart of the packages metis and scotch (needs root and apt-get).
# What is there is left alone.
set -eu

if command -v gpmetis >/dev/null && command -v scotch_gpart >/dev/null && command -v gcv >/dev/null; then
	exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "install the packages metis and scotch: that takes root and apt-get" >&2
	exit 1
fi
echo "installing metis and scotch" >&2
apt="apt-get -o DPkg::Lock::Timeout=300 -qq"
export DEBIAN_FRONTEND=noninteractive
$apt install -y --no-install-recommends metis scotch >/dev/null ||
	{ $apt update && $apt install -y --no-install-recommends metis scotch >/dev/null; }
