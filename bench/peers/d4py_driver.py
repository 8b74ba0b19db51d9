"""Runs one stream of stream-d4py's `multi` or `mpi` mapping and prints items a
second.

    d4py_driver.py multi|mpi int|8KiB|1MiB|words ITEMS

The time is that of the mapping's process(), until it has returned on all ranks:
multi starts its processes in it; Python and its imports are not in it.
"""

import argparse
import sys
import time

import numpy
from dispel4py.base import ConsumerPE, IterativePE, ProducerPE
from dispel4py.core import GenericPE
from dispel4py.workflow_graph import WorkflowGraph


class Make(ProducerPE):
    """Emits one item an iteration."""

    def __init__(self, size):
        ProducerPE.__init__(self)
        self.size = size
        self.at = 0

    def _process(self, _):
        self.at += 1
        if self.size == 0:
            return self.at
        return numpy.full(self.size, float(self.at))


class Pass(IterativePE):
    """Emits what it gets."""

    def _process(self, data):
        return data


class Count(ConsumerPE):
    """Counts what it gets and checks the number at the end."""

    def __init__(self, items):
        ConsumerPE.__init__(self)
        self.items = items
        self.seen = 0

    def _process(self, _):
        self.seen += 1

    def postprocess(self):
        if self.seen != self.items:
            print(f"FAIL: {self.seen} of {self.items} items arrived", flush=True)


class Lines(ProducerPE):
    """Emits one line an iteration, the same hundred over and over."""

    def __init__(self):
        ProducerPE.__init__(self)
        self.lines = [" ".join(f"word{(i * 10 + k) * 7 % 500}" for k in range(10)) for i in range(100)]
        self.at = -1

    def _process(self, _):
        self.at += 1
        return self.lines[self.at % len(self.lines)]


class Split(IterativePE):
    """Emits the words of a line."""

    def _process(self, line):
        for word in line.split():
            self.write("output", (word, 1))


class CountWords(GenericPE):
    """Counts words, each of them in one instance."""

    def __init__(self):
        GenericPE.__init__(self)
        self._add_input("input", grouping=[0])
        self.numprocesses = 2
        self.counts = {}

    def process(self, inputs):
        word, n = inputs["input"]
        self.counts[word] = self.counts.get(word, 0) + n


def main():
    mapping, case, items = sys.argv[1], sys.argv[2], int(sys.argv[3])
    graph = WorkflowGraph()
    if case == "words":
        source, middle, sink = Lines(), Split(), CountWords()
        iterations, processes = items // 10, 4
    else:
        size = {"int": 0, "8KiB": 1 << 10, "1MiB": 1 << 17}[case]
        source, middle, sink = Make(size), Pass(), Count(items)
        iterations, processes = items, 3
    graph.connect(source, "output", middle, "input")
    graph.connect(middle, "output", sink, "input")
    args = argparse.Namespace(num=processes, num_processes=processes, simple=False, results=False)
    if mapping == "mpi":
        from dispel4py.new import mpi_process
        from mpi4py import MPI

        MPI.COMM_WORLD.Barrier()
        start = time.perf_counter()
        mpi_process.process(graph, {source.id: iterations}, args)  # a PE would be copied on its way
        MPI.COMM_WORLD.Barrier()
        if MPI.COMM_WORLD.Get_rank() > 0:
            return
    else:
        from dispel4py.new import multi_process

        start = time.perf_counter()
        multi_process.process(graph, {source: iterations}, args)
    print(items / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
