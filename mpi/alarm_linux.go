package mpi

import (
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// An alarm is a sleep that can be cut short. The timers of Go wait for a full
// millisecond where nothing else runs; the kernel's keep microseconds.
type alarm struct {
	fd     int
	file   *os.File
	asleep atomic.Bool
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return &alarm{fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}, nil
}

// set makes the alarm ring after a while.
func (a *alarm) set(d time.Duration) {
	// It fails only for arguments that cannot be.
	_ = unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(d, 1)))}, nil)
}

// sleep returns after a while, or soon after ring, or at once if there is
// something to do, which it asks when a ring would be heard. One goroutine may
// sleep.
func (a *alarm) sleep(d time.Duration, due func() bool) {
	a.set(d)
	a.asleep.Store(true)
	if !due() {
		var ticks [8]byte
		_, _ = a.file.Read(ticks[:]) // an error is that the alarm is closed
	}
	a.asleep.Store(false)
}

// ring ends a sleep.
func (a *alarm) ring() {
	if a.asleep.Load() {
		a.set(1)
	}
}

func (a *alarm) close() { a.file.Close() }
