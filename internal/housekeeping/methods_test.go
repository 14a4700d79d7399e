package housekeeping

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// methodsFile lists every method and rounding policy of metrology.
const methodsFile = "docs/reference/methods.md"

// Whoever reads the name of a method on a ticket finds it there, with what it was held against.
func TestMethodsAreListed(t *testing.T) {
	tr := repository(t)
	page, err := tr.read(methodsFile)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range tr.product() {
		if !within(s.dir, "metrology") {
			continue
		}
		for _, name := range namesOfMethods(s.file) {
			found++
			if !strings.Contains(string(page), "`"+name) {
				t.Errorf("%s names %q, which %s does not list", s.path, name, methodsFile)
			}
		}
	}
	if found == 0 {
		t.Error("no method found in metrology")
	}
}

// namesOfMethods returns the texts of a file's constants that name a method, or are of a type that names a rounding; of a text
// that is put together, the first part.
func namesOfMethods(file *ast.File) (out []string) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			of, _ := v.Type.(*ast.Ident)
			policy := of != nil && (of.Name == "Rounding" || of.Name == "Scheme")
			for i, name := range v.Names {
				if i < len(v.Values) && (policy || strings.HasPrefix(name.Name, "Method") || name.Name == "Rounding") {
					out = append(out, firstText(v.Values[i])...)
				}
			}
		}
	}
	return out
}

func firstText(e ast.Expr) []string {
	for {
		switch x := e.(type) {
		case *ast.BinaryExpr:
			e = x.X
			continue
		case *ast.BasicLit:
			if text, err := strconv.Unquote(x.Value); err == nil {
				return []string{text}
			}
		}
		return nil
	}
}
