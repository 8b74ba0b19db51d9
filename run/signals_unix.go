//go:build unix

package run

import (
	"os"
	"syscall"
)

// timeIsUp is what a job system can be asked to send some time before it ends a
// job, as in sbatch --signal=USR2@120.
var timeIsUp = []os.Signal{syscall.SIGUSR2}

func isTimeUp(s os.Signal) bool { return s == syscall.SIGUSR2 }
