package mpi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi/internal/abi"
)

// patience is how long two ranks may take to start, meet and end.
const patience = 20 * time.Second

// Findings tells of every MPI of this machine: of each launcher, with each
// interface that the libraries beside it offer, whether two ranks can be
// started and reach each other. Where there is no launcher it tells of the
// libraries that the dynamic linker finds, as srun may start the ranks.
//
// Program is started with args as two ranks, or as one with Variable set to the
// name of a library. It is to print an object with its own findings, of which
// the first counts: {"findings": [...]}.
func Findings(ctx context.Context, program string, args ...string) []launch.Finding {
	var all []launch.Finding
	for _, l := range abi.Launchers(ctx) {
		for k, f := range append(l.Flavors, abi.Unknown)[:max(1, len(l.Flavors))] {
			all = append(all, try(ctx, l, k > 0, f, program, args))
		}
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range abi.Names() {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = append(os.Environ(), Variable+"="+name)
		if found, err := said(cmd); err == nil && found.Status == launch.OK {
			found.Subject, found.Status = name, launch.Warn
			found.Remedy = "there is no mpirun or mpiexec in PATH: start ranks with srun, or load the module of this MPI"
			all = append(all, found)
		}
	}
	if len(all) > 0 {
		return all
	}
	return []launch.Finding{{Subject: "MPI", Status: launch.Missing, Text: "no mpirun or mpiexec in PATH, and no MPI library",
		Remedy: "load the module of an MPI, or install one, such as Debian's openmpi-bin or mpich"}}
}

// try starts two ranks under a launcher. An interface that is not its first one
// has to be asked for.
func try(ctx context.Context, l abi.Launcher, ask bool, f abi.Flavor, program string, args []string) launch.Finding {
	subject, start := l.Name, fmt.Sprintf("%s -n 4 %s run JOB", l.Path, filepath.Base(program))
	if ask {
		subject += ", " + f.String()
		start = fmt.Sprintf("%s=%s %s", Variable, f, start)
	} else {
		f = abi.Unknown
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	found, err := said(l.Command(ctx, 2, f, program, args...))
	found.Subject = subject
	switch {
	case ctx.Err() != nil:
		return launch.Finding{Subject: subject, Status: launch.Broken, Text: fmt.Sprintf("two ranks did not end within %v", patience),
			Remedy: fmt.Sprintf("see whether %s -n 2 hostname works", l.Path)}
	case err != nil:
		return launch.Finding{Subject: subject, Status: launch.Broken, Text: "two ranks did not run: " + err.Error(),
			Remedy: fmt.Sprintf("see whether %s -n 2 hostname works", l.Path)}
	case found.Status != launch.OK:
		return found
	}
	found.Text += fmt.Sprintf("; from start to end %.1f s. Start with: %s", time.Since(begin).Seconds(), start)
	if remedy := l.Refuses(); remedy != "" {
		found.Status, found.Remedy = launch.Warn, remedy
	}
	return found
}

// said runs a command and reads the finding that it prints. The error has what
// else it said, in one line.
func said(cmd *exec.Cmd) (launch.Finding, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var v struct{ Findings []launch.Finding }
	if json.Unmarshal(out.Bytes(), &v) == nil && len(v.Findings) > 0 {
		return v.Findings[0], nil
	}
	if err == nil {
		err = errors.New("not the output expected")
	}
	const enough = 400
	text := strings.Join(strings.Fields(out.String()+" "+errs.String()), " ")
	return launch.Finding{}, fmt.Errorf("%w: %.*s", err, enough, text)
}

// Look describes the library that Init would open, without starting it. It
// cannot be opened again in this process.
func Look(library string) (Library, error) {
	lib, err := abi.Open(library)
	if err != nil {
		return Library{}, err
	}
	return lib.Describe(), nil
}
