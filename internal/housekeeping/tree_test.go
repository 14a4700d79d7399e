package housekeeping

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module is the path of our own module.
const module = "github.com/gauger/gauger"

// source is one Go file of our module.
type source struct {
	path  string // from the root, with slashes
	dir   string
	test  bool
	file  *ast.File
	lines int
}

// tree is the repository as it lies on the disk.
type tree struct {
	root    string
	fset    *token.FileSet
	sources []source
	texts   []string // files that people and programs read, the sources among them, from the root, with slashes
}

// theTree reads the tree once for all tests.
var theTree = sync.OnceValues(readTree)

func repository(t *testing.T) *tree {
	t.Helper()
	tr, err := theTree()
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.sources) < 100 {
		t.Fatalf("found %d Go files below %s: that is not the tree", len(tr.sources), tr.root)
	}
	return tr
}

func readTree() (*tree, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	tr := &tree{root: root, fset: token.NewFileSet()}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if ours, err := tr.enters(rel); !ours {
				return fs.SkipDir
			} else if err != nil {
				return err
			}
			return nil
		}
		return tr.take(rel)
	})
	return tr, err
}

// findRoot goes up from the package's folder to the one with go.mod.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil || dir == filepath.Dir(dir) {
			return dir, err
		}
		dir = filepath.Dir(dir)
	}
}

// enters reports whether a folder belongs to the tree: not version control, what a demo leaves, or a module of its own.
func (tr *tree) enters(dir string) (bool, error) {
	if dir == "." || dir == ".ci" || dir == ".github" {
		return true, nil
	}
	if base := path.Base(dir); strings.HasPrefix(base, ".") || base == "demo-data" {
		return false, nil
	}
	_, err := os.Stat(filepath.Join(tr.root, dir, "go.mod"))
	return err != nil, nil
}

// readable are the endings of text files; those without one are named in full.
var readable = map[string]bool{
	".go": true, ".md": true, ".yaml": true, ".yml": true, ".html": true, ".css": true, ".js": true, ".ts": true, ".py": true, ".sh": true,
	".cddl": true, ".json": true, ".txt": true, ".service": true, ".mod": true, "Makefile": true, "NOTICE": true, "run": true,
}

func (tr *tree) take(rel string) error {
	kind := path.Ext(rel)
	if kind == "" {
		kind = path.Base(rel)
	}
	if !readable[kind] {
		return nil
	}
	tr.texts = append(tr.texts, rel)
	if kind != ".go" || strings.Contains("/"+rel, "/testdata/") {
		return nil
	}
	b, err := tr.read(rel)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(tr.fset, rel, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	tr.sources = append(tr.sources, source{
		path: rel, dir: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"), file: f, lines: bytes.Count(b, []byte("\n")),
	})
	return nil
}

func (tr *tree) read(rel string) ([]byte, error) {
	return os.ReadFile(filepath.Join(tr.root, filepath.FromSlash(rel)))
}

// exists reports whether there is a file or folder at a path from the root.
func (tr *tree) exists(rel string) bool {
	_, err := os.Stat(filepath.Join(tr.root, filepath.FromSlash(rel)))
	return err == nil
}

// product returns the sources that are built into programs or imported by tests: all but the test files.
func (tr *tree) product() []source {
	var out []source
	for _, s := range tr.sources {
		if !s.test {
			out = append(out, s)
		}
	}
	return out
}

// imports returns a file's imports, by path.
func (s source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// within reports whether a folder is a room or lies in it.
func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }
