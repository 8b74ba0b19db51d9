package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/run"
)

// scaffolds are the files of a new program.
//
//go:embed scaffold/*.tmpl
var scaffolds embed.FS

const ourModule = "github.com/dispel4go/dispel4go"

// project is what the files of a new program are made of.
type project struct {
	Module  string // its own
	Name    string // the last part of Module
	Ours    string // this module
	Version string // of this module; "" where it has none
	Replace string // where this module is on disk; "" for where modules come from
}

// moduleRule is a module path without what only Go itself knows about them.
var moduleRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$`)

func (c *command) scaffold() *cobra.Command {
	var module, replace *string
	cmd := c.verb("new DIR [flags]", "Begin a program with a PE of its own", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		p, err := newProject(args[0], *module, *replace)
		if err == nil {
			err = p.write(args[0])
		}
		if err != nil {
			return run.Usage(err)
		}
		_, err = fmt.Fprintf(c.err, "made %s; go on with: cd %s && go mod tidy && go run . run job.toml\n", args[0], args[0])
		return err
	})
	module = cmd.Flags().String("module", "", "the module's path (default the name of DIR)")
	replace = cmd.Flags().String("replace", "", "a folder with the source of "+ourModule+" to build with")
	return cmd
}

func newProject(dir, module, replace string) (*project, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if module == "" {
		module = strings.ToLower(filepath.Base(path))
	}
	if !moduleRule.MatchString(module) {
		return nil, fmt.Errorf("%q is not a module's path: name one with --module, as in --module example.org/waves", module)
	}
	p := &project{Module: module, Name: module[strings.LastIndexByte(module, '/')+1:], Ours: ourModule, Version: ourVersion()}
	if replace != "" {
		if p.Replace, err = filepath.Abs(replace); err != nil {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join(p.Replace, "go.mod")); err != nil {
			return nil, fmt.Errorf("%s is not the source of a module: it has no go.mod", replace)
		}
		p.Version = "v0.0.0"
	}
	return p, nil
}

// ourVersion is the version of this module in this program, "" where it was
// built from a source tree.
func ourVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == ourModule && m.Replace == nil && strings.HasPrefix(m.Version, "v") && !strings.Contains(m.Version, "+dirty") {
			return m.Version
		}
	}
	return ""
}

// write makes the folder and the files in it. A folder with something in it is
// left alone.
func (p *project) write(dir string) error {
	switch inside, err := os.ReadDir(dir); {
	case err == nil && len(inside) > 0:
		return fmt.Errorf("%s is not empty, and nothing is written over: choose another folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	all, err := template.ParseFS(scaffolds, "scaffold/*.tmpl")
	if err != nil {
		return err
	}
	for _, t := range all.Templates() {
		var text strings.Builder
		if err := t.Execute(&text, p); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(t.Name(), ".tmpl")), []byte(text.String()), 0o666); err != nil {
			return err
		}
	}
	return nil
}
