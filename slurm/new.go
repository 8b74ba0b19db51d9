package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// NewSite asks Slurm for what there is to be known of the cluster.
func (c *Client) NewSite(ctx context.Context, name string, now time.Time) (*Site, error) {
	config, err := c.run(ctx, "", "scontrol", "show", "config")
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for text := range strings.Lines(config) {
		if key, value, ok := strings.Cut(text, "="); ok {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	s := &Site{Name: name, Cluster: values["ClusterName"], Source: "sinfo and scontrol, " + values["SLURM_VERSION"], Date: now.Format(time.DateOnly),
		About: "cluster " + values["ClusterName"], AccountFrom: []string{"SBATCH_ACCOUNT", "SLURM_ACCOUNT"}, Default: map[string]any{}}
	if s.Partitions, err = c.Partitions(ctx); err != nil {
		return nil, err
	}
	for _, p := range s.Partitions {
		if p.IsDefault {
			s.Default["partition"] = p.Name
		}
	}
	s.NeedsAccount = strings.Contains(values["AccountingStorageEnforce"], "associations")
	// What srun offers if it is not told; where that is nothing, ranks of every
	// MPI would be alone.
	if mpi := values["MpiDefault"]; mpi == "none" || mpi == "(null)" || mpi == "" {
		offered, err := c.offers(ctx)
		for _, mpi := range []string{"pmix", "pmi2"} {
			if err == nil && slices.Contains(offered, mpi) {
				s.Default["mpi"] = mpi
				break
			}
		}
	}
	for _, scratch := range []string{"SCRATCH", "WORK", "SCRATCHDIR"} {
		if os.Getenv(scratch) != "" {
			s.Scratch = scratch
			break
		}
	}
	return s, nil
}

// Text is the profile as a file.
func (s *Site) Text() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# A profile for dispel4go sbatch. Look it over: mpi must be what your MPI was built for\n"+
		"# (pmix for Open MPI, pmi2 for MPICH and Intel MPI, cray_shasta for Cray MPICH).\n")
	e := toml.NewEncoder(&b)
	e.SetArraysMultiline(false)
	err := e.Encode(s)
	return b.Bytes(), err
}

// Save writes the profile to the folder, where there must be none of its name.
func (s *Site) Save(folder string) (file string, err error) {
	text, err := s.Text()
	if err != nil {
		return "", err
	}
	if _, err := ParseSite(s.Name, text); err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", err
	}
	file = filepath.Join(folder, s.Name+".toml")
	if _, err := os.Lstat(file); err == nil {
		return "", fmt.Errorf("%s exists: remove it, or give another name", file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return file, newfile.Write(file, newfile.Open, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}, os.Rename)
}
