package run

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// reaped is run beside a rank that ends, with its number. It keeps the rank's standard
// output open until the rank has ended, and its standard error until the launcher has
// asked for the code, a second at most.
const reaped = `n=0
while test $n -lt 100 && read -r state </proc/$0/stat; do
	case $state in *") Z "*) exec >/dev/null && n=$((n + 1)) ;; esac
	sleep 0.01
done 2>/dev/null`

// outlive has the launcher see with which code this rank ends, before it thinks that
// there is nothing more to see: a shell keeps the output open until then. An error is as
// it was without it.
func outlive() {
	for fd := 3; fd < 1024; fd++ {
		unix.CloseOnExec(fd) // also of what the launcher has left open to us
	}
	cmd := exec.Command("/bin/sh", "-c", reaped, strconv.Itoa(os.Getpid()))
	cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr") // whatever Go prints to
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}                      // signals to us are none to it
	_ = cmd.Start()
}
