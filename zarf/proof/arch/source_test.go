package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// source is what the rules look at: the Go files below one folder, parsed but for the tests, and the migrations.
type source struct {
	module string
	files  []file
	sql    string            // every migration, one after the other
	tests  map[string]string // the texts of the test files, by name
}

type file struct {
	name    string // api/services/sales/main.go
	dir     string // api/services/sales
	lines   int
	imports []string // ours without the module's name in front: business/domain/salebus
	ast     *ast.File
}

var moduleLine = regexp.MustCompile(`(?m)^module (\S+)$`)

// read parses the code below root, as it stands in the work tree.
func read(t *testing.T, root fs.FS) source {
	t.Helper()
	mod, err := fs.ReadFile(root, "go.mod")
	check(t, err)
	s := source{module: moduleLine.FindStringSubmatch(string(mod))[1], tests: map[string]string{}}
	fset := token.NewFileSet()
	check(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "vendor" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case d.IsDir() && name != "." && exists(root, name+"/go.mod"): // a module of its own
			return fs.SkipDir
		case strings.HasSuffix(name, ".sql"):
			b, err := fs.ReadFile(root, name)
			s.sql += string(b)
			return err
		case strings.HasSuffix(name, "_test.go"):
			b, err := fs.ReadFile(root, name)
			s.tests[name] = string(b)
			return err
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, b, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f := file{name: name, dir: path.Dir(name), lines: strings.Count(string(b), "\n"), ast: parsed}
		for _, i := range parsed.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, strings.TrimPrefix(p, s.module+"/"))
		}
		s.files = append(s.files, f)
		return nil
	}))
	return s
}

// under tells whether a folder or import path is one of the roots or lies below it.
func under(p string, roots ...string) bool {
	for _, r := range roots {
		if p == r || strings.HasPrefix(p, r+"/") {
			return true
		}
	}
	return false
}

// domain is the x of business/domain/<x>bus and of what lies below it, or "".
func domain(p string) string {
	rest, ok := strings.CutPrefix(p, "business/domain/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return strings.TrimSuffix(first, "bus")
}

// storage tells whether p is an <x>db.
func storage(p string) bool {
	return domain(p) != "" && strings.HasSuffix(path.Base(p), "db")
}

// callsOf visits every call pkg.name(…) in the file, whatever pkg is.
func (f file) callsOf(visit func(pkg, name string, call *ast.CallExpr)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun := call.Fun
		if generic, ok := fun.(*ast.IndexExpr); ok {
			fun = generic.X
		}
		if sel, ok := fun.(*ast.SelectorExpr); ok {
			pkg, _ := sel.X.(*ast.Ident)
			if pkg == nil {
				pkg = &ast.Ident{}
			}
			visit(pkg.Name, sel.Sel.Name, call)
		}
		return true
	})
}

// uses visits every pkg.name in the file, called or not.
func (f file) uses(visit func(pkg, name string)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok {
				visit(pkg.Name, sel.Sel.Name)
			}
		}
		return true
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}
