# The one door, for people and for continuous integration.
#
#   make test        everything that must hold: lint, cross builds, tests
#   make test-long   the longer proofs
#   make test-mpi-all under more MPIs than make test
#   make test-storm-cluster  Storm as a cluster of JVMs, two of them for a topology
#   make build race fuzz lint bench bench-mpi bench-compress bench-partition bench-peers bench-thousand bench-growth bench-seismo flame clean

GO      ?= go
BUILD   := build
VENV    := $(BUILD)/venv
FUZZ    ?= 10s
# What has goroutines of its own; under -race the others would only be slow, and
# so would a JVM: -short leaves out the real Storm.
RACE    := . ./engine/... ./internal/... ./local/... ./storm/... ./transport/... ./registry/... ./pes/... ./zarr/... ./npy/...

.PHONY: build storm test-storm-cluster test test-long test-mpi-all race fuzz lint cross python mpi slurm bench bench-mpi bench-compress bench-partition bench-peers bench-thousand bench-growth bench-seismo flame clean

build:
	$(GO) build -o $(BUILD)/dispel4go ./cmd/dispel4go

test: lint cross python mpi storm slurm
	$(GO) test -timeout 20m ./...
	$(GO) test -tags purego -timeout 10m ./internal/kernel ./seismo/...
	CGO_ENABLED=0 $(GO) test -timeout 10m ./cmd/... ./cli/... ./engine/...

# Every schedule and physics sweep, and the race detector on all that is concurrent.
test-long: race fuzz
	$(GO) test -timeout 60m ./engine -run Schedules -steps 20000000
	$(GO) test -count=1 -timeout 3h ./run -run TestSoak -soak 1000
	DISPEL4GO_LONG=1 $(GO) test -count=1 -timeout 60m ./run -run TestMemory
	sh scripts/mpi.sh all
	DISPEL4GO_LONG=1 $(GO) test -timeout 60m ./seismo/... ./slurm

race:
	$(GO) test -race -short -timeout 30m $(RACE)

# Each fuzz target for $(FUZZ), from its committed seeds.
fuzz:
	@set -e; for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -h --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c6-); do \
	    echo "fuzz $$dir $$target"; $(GO) test $$dir -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) >/dev/null; done; done

lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not gofmt-ed: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags bench ./mpi/...
	$(GO) tool staticcheck ./...

# It runs everywhere: these builds need no C.
cross:
	GOOS=linux   GOARCH=arm64 CGO_ENABLED=0 $(GO) build ./...
	GOOS=darwin  GOARCH=arm64 CGO_ENABLED=0 $(GO) build ./...
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build ./...

# Real Python with xarray, to read back what we write. Where it cannot be had
# the tests that need it say so; in continuous integration they fail.
python:
	@if command -v python3 >/dev/null; then sh scripts/python.sh || echo "SKIP: no Python with xarray could be installed"; \
	else echo "SKIP: no python3, tests that read our files with it are left out"; fi

# The MPIs that tests run under. Where they cannot be had the tests say so; in
# continuous integration they fail.
mpi:
	@sh scripts/mpi.sh || echo "SKIP: not every MPI could be installed"

# A Slurm to be started by tests. Where it cannot be had the tests say so; in
# continuous integration they fail.
slurm:
	@bash scripts/slurm.sh install || echo "SKIP: Slurm could not be installed"

# The same under all MPIs that there are wheels of.
test-mpi-all:
	sh scripts/mpi.sh all
	DISPEL4GO_MPI_ALL=1 $(GO) test -count=1 -timeout 60m ./mpi/... ./run ./cli -run 'Hello|Suite|Failures|Engine|Soak|Memory|Waits|MPI|Doctor|Misfortunes|DifferentRanks'

# A Storm in one JVM for the tests. Where there is no Java and none can be
# installed the tests say so; in continuous integration they fail.
storm:
	@sh scripts/storm.sh || echo "SKIP: no Storm could be prepared"

# ZooKeeper, Nimbus, a Supervisor and two JVMs for topologies, the program shipped.
test-storm-cluster: storm
	DISPEL4GO_STORM_CLUSTER=1 $(GO) test -count=1 -timeout 10m -v -run '^TestCluster$$' ./storm

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./bench/...

# The transport of mpi beside loops in C, under every MPI that is here.
bench-mpi: mpi
	$(GO) test -tags bench -count=1 -v -run '^TestBench$$' ./mpi

# The partitioner beside METIS and Scotch.
bench-partition:
	sh scripts/partitioners.sh
	$(GO) run ./bench/partition

# The numerics of seismology beside their limits and peers: C with FFTW and
# OpenBLAS, SciPy, ObsPy, NoisePy and MSNoise. The cases fft-long, 20-days and
# msnoise-20 take long.
bench-seismo:
	$(GO) run ./bench/peers fft fft-smooth fft-odd hour4 short-lags matrix station-day station-memory pair-day msnoise-pair

# An hour of a thousand stations, all pairs, from miniSEED to the store.
bench-thousand:
	$(GO) run ./bench/thousand

# How that grows with stations and cores; and the flame graph of where the CPU goes.
bench-growth:
	$(GO) run ./bench/thousand -growth

flame:
	$(GO) run ./bench/thousand -cpuprofile $(BUILD)/thousand.pprof
	$(GO) run ./bench/flame -o docs/thousand.svg -title "An hour of 1000 stations, 499,500 pairs: CPU time by function" $(BUILD)/thousand.pprof

# What compression gains between two virtual nodes, over links of several speeds.
bench-compress:
	bash scripts/bench-compress.sh

bench-peers:
	$(GO) run ./bench/peers

clean:
	rm -rf $(BUILD) runs
