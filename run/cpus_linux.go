package run

import "golang.org/x/sys/unix"

// cpus numbers the processors of this host that this process may run on; nil
// if that is not known. Launchers that bind ranks give each its own.
func cpus() (list []int) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	for cpu, left := 0, set.Count(); left > 0; cpu++ {
		if set.IsSet(cpu) {
			list = append(list, cpu)
			left--
		}
	}
	return list
}
