package run

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory is what PEs may keep on this node, in bytes: what the user says, else the
// least of what the machine has, its control group allows and the job system
// gives; 0 if it is not known.
func memory(o Options) int64 {
	if o.NodeMemory != 0 {
		return max(0, o.NodeMemory)
	}
	least := memoryUnder("/")
	if q := o.Record.Request; q != nil && q.Memory > 0 && (least == 0 || q.Memory < least) {
		least = q.Memory
	}
	return least
}

// memoryUnder is the least that the files of Linux under a root say: /proc/meminfo, and
// the limits of the control group that we are in and those above it, of
// version 1 or 2.
func memoryUnder(root string) (least int64) {
	note := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	text, _ := os.ReadFile(filepath.Join(root, "proc/meminfo")) // not there on other systems
	for line := range bytes.Lines(text) {
		if f := strings.Fields(string(line)); len(f) == 3 && f[0] == "MemTotal:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			note(n << 10)
		}
	}
	groups, err := os.Open(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return least
	}
	defer groups.Close()
	for lines := bufio.NewScanner(groups); lines.Scan(); {
		f := strings.SplitN(lines.Text(), ":", 3) // number, controllers, path
		if len(f) < 3 {
			continue
		}
		file := "sys/fs/cgroup/%/memory.max"
		switch {
		case f[1] == "memory":
			file = "sys/fs/cgroup/memory/%/memory.limit_in_bytes"
		case f[1] != "":
			continue
		}
		for path := filepath.Clean("/" + f[2]); ; path = filepath.Dir(path) {
			text, err := os.ReadFile(filepath.Join(root, strings.Replace(file, "%", path, 1)))
			if err == nil {
				n, _ := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64) // "max" is none
				note(n)
			}
			if path == "/" {
				break
			}
		}
	}
	return least
}
