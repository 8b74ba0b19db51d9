#!/bin/sh
# Prepares what the tests of the Storm mapping need under build/storm: the class
# paths of Storm's daemons (server.cp) and of its workers (worker.cp), and a
# cluster in one JVM (LocalStorm.class). Installs Java and Maven where it may
# (root and apt-get); Maven fetches 66 MB the first time.
#
# What is there is left alone. Where Java or Maven is missing and may not be
# installed it says so and fails.
set -eu
cd "$(dirname "$0")/.."
source=storm/testdata/cluster
build=build/storm
stamp=$(cat $source/* "$0" | cksum)

fresh() {
	[ "$(cat $build/stamp 2>/dev/null)" = "$stamp" ] || return 1
	for jar in $(tr ':' ' ' <$build/server.cp) $(tr ':' ' ' <$build/worker.cp); do
		[ -f "$jar" ] || return 1
	done
}

if ! command -v java >/dev/null || ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "installing openjdk-17-jdk-headless and maven" >&2
		apt="apt-get -o DPkg::Lock::Timeout=300 -qq"
		export DEBIAN_FRONTEND=noninteractive
		$apt install -y --no-install-recommends openjdk-17-jdk-headless maven >/dev/null ||
			{ $apt update && $apt install -y --no-install-recommends openjdk-17-jdk-headless maven >/dev/null; }
	else
		echo "Java 17 and Maven are missing: that takes root and apt-get" >&2
		exit 1
	fi
fi
if fresh; then
	exit
fi
echo "preparing $build" >&2
rm -rf $build
mkdir -p $build
resolve() { # PART FILE
	mvn -B -q -f $source/pom.xml -Dstorm.part="$1" dependency:build-classpath -Dmdep.pathSeparator=: -Dmdep.outputFile="$PWD/$build/$2"
}
resolve storm-server server.cp
resolve storm-client worker.cp
javac -cp "$(cat $build/server.cp)" -d $build $source/LocalStorm.java
cp $source/log4j2.xml $build/
echo "$stamp" >$build/stamp
