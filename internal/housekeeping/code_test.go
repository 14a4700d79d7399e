package housekeeping

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// Limits on what one reader takes in at once. They are for the product; a table of test cases may be longer.
const (
	maxFunctionLines = 75
	maxFileLines     = 600
)

// clocks are the functions of package time that ask for the time or wait for it.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// calls returns where a file calls one of the named functions of a package, imported under any name.
func (s source) calls(pkg string, names []string) (found []token.Pos) {
	local := ""
	for _, i := range s.file.Imports {
		if strings.Trim(i.Path.Value, `"`) == pkg {
			local = pkg
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, sel.Sel.Name) {
				found = append(found, sel.Pos())
			}
		}
		return true
	})
	return found
}

// Time comes from internal/clock, so that a simulated day is the same code as a real one; pure rooms get it as an argument.
func TestTimeComesFromTheClock(t *testing.T) {
	tr := repository(t)
	timeless := append([]string{"edge", "cloud", "firmware-bridge"}, pure...)
	for _, s := range tr.product() {
		if !slices.ContainsFunc(timeless, func(r string) bool { return within(s.dir, r) }) {
			continue
		}
		for _, pos := range s.calls("time", clocks) {
			t.Errorf("%s: asks package time: take a clock.Clock, or the instant as an argument", tr.fset.Position(pos))
		}
	}
}

// The tests above rest on this one: internal/clock does ask package time, so a search that finds nothing there finds nothing.
func TestCallsAreFound(t *testing.T) {
	n := 0
	for _, s := range repository(t).product() {
		if s.dir == "internal/clock" {
			n += len(s.calls("time", clocks))
		}
	}
	if n == 0 {
		t.Error("no call of package time found in internal/clock")
	}
}

// Files of the edge are written by internal/durable only: it alone knows what survives a power cut.
func TestEdgeWritesThroughDurable(t *testing.T) {
	for _, s := range repository(t).product() {
		if !within(s.dir, "edge") {
			continue
		}
		for _, i := range s.imports() {
			if i == "os" || i == "syscall" || i == "io/ioutil" {
				t.Errorf("%s imports %s: files are internal/durable's", s.path, i)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	comments := map[string]bool{}
	for _, s := range repository(t).product() {
		comments[s.dir] = comments[s.dir] || s.file.Doc != nil
	}
	for dir, has := range comments {
		if !has {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	tr := repository(t)
	for _, s := range tr.product() {
		for _, d := range s.file.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s has no comment", tr.fset.Position(name.Pos()), name.Name)
			}
		}
	}
}

// undocumented returns the exported names that a declaration leaves without a comment. Within a group, the group's comment
// speaks for all of it.
func undocumented(d ast.Decl) (out []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			out = append(out, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
					out = append(out, spec.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					out = append(out, exported(spec.Names)...)
				}
			}
		}
	}
	return out
}

func exported(names []*ast.Ident) (out []*ast.Ident) {
	for _, n := range names {
		if n.IsExported() {
			out = append(out, n)
		}
	}
	return out
}

// exportedReceiver reports whether a function can be seen from outside: it is no method, or one of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	x := d.Recv.List[0].Type
	for {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.IsExported()
		default:
			return false
		}
	}
}

func TestSizes(t *testing.T) {
	tr := repository(t)
	for _, s := range tr.product() {
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, at most %d are readable: split it by what it is about", s.path, s.lines, maxFileLines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := tr.fset.Position(f.End()).Line - tr.fset.Position(f.Pos()).Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, at most %d fit a screen", tr.fset.Position(f.Pos()), f.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

// A test that is skipped is one that cannot fail.
func TestNoTestIsSkipped(t *testing.T) {
	tr := repository(t)
	for _, s := range tr.sources {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && slices.Contains([]string{"t", "b", "f", "tb"}, x.Name) {
				t.Errorf("%s: a test is skipped", tr.fset.Position(call.Pos()))
			}
			return true
		})
	}
}
