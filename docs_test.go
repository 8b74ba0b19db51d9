package dispel4go_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDocs: every package says what it is, and every exported name what it
// means. The comment on a group of constants or variables, or at the end of
// the line, is enough for those in it.
func TestDocs(t *testing.T) {
	packages := goFiles(t)
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		fset := token.NewFileSet()
		documented := false
		for _, name := range packages[pkg] {
			file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || file.Doc.Text() != ""
			if file.Name.Name == "main" {
				continue
			}
			for _, missing := range undocumented(file) {
				t.Errorf("%s: %s has no comment", fset.Position(missing.Pos()), missing.Name)
			}
		}
		if !documented {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

// undocumented returns the exported names of a file that lack a comment.
func undocumented(file *ast.File) []*ast.Ident {
	var missing []*ast.Ident
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) && d.Doc.Text() == "" {
				missing = append(missing, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && s.Doc.Text() == "" && d.Doc.Text() == "" {
						missing = append(missing, s.Name)
					}
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() && s.Doc.Text() == "" && s.Comment.Text() == "" && d.Doc.Text() == "" {
							missing = append(missing, name)
						}
					}
				}
			}
		}
	}
	return missing
}

// receiver is the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestUndocumented(t *testing.T) {
	const source = `package p

// A is documented.
type A struct{}

type B struct{}

func (A) M() {}

// N is documented.
func (*A) N() {}

type c struct{}

func (c) M() {}

func F() {}

type G[T any] struct{}

func (*G[T]) M() {}

// These are documented.
const (
	X = 1
	Y = 2
)

var Z = 3

var (
	V = 4 // documented
	W = 5
)
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range undocumented(file) {
		got = append(got, name.Name)
	}
	if want := "B M F G M Z W"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
