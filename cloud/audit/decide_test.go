package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/gauger/gauger/cloud/audit/audittest"
)

func TestX(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := audittest.New(t, audittest.Options{Late: late})
		c, err := w.Case(w.Papers())
		if err != nil {
			t.Fatal(err)
		}
		d, err := c.Decide(w.Number.String())
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.MarshalIndent(d, "", " ")
		t.Log(string(b))
	}
}
