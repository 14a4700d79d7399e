package tesseralog

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"k8s.io/klog/v2"
)

// TestOwn: what is logged by klog comes to the log that the program has by then, with what was added to it.
func TestOwn(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	var first, second bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&first, nil)))
	klog.Info("one: of a kind")
	slog.SetDefault(slog.New(slog.NewTextHandler(&second, nil)))
	klog.Info("two: of another")
	klog.Info("two: of the same")
	slog.New(own{}).With("a", 1).WithGroup("g").Info("three", "b", 2)
	for _, want := range []struct {
		buffer *bytes.Buffer
		lines  []string
	}{
		{&first, []string{`msg="one: of a kind" part=tessera`}}, {&second, []string{`msg="two: of another" part=tessera`, "msg=three a=1 g.b=2"}},
	} {
		lines := strings.Split(strings.TrimSpace(want.buffer.String()), "\n")
		if len(lines) != len(want.lines) {
			t.Errorf("%q, want %q", lines, want.lines)
			continue
		}
		for i, line := range lines {
			if !strings.HasSuffix(line, want.lines[i]) {
				t.Errorf("%q, want %q", line, want.lines[i])
			}
		}
	}
}
