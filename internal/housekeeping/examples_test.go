package housekeeping

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/edge"
	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/analog"
	"github.com/gauger/gauger/firmware-bridge/modbus"
	"github.com/gauger/gauger/firmware-bridge/mqtt"
	"github.com/gauger/gauger/firmware-bridge/pulse"
	"github.com/gauger/gauger/firmware-bridge/rtd"
)

func TestExampleOfTheEdgeLoads(t *testing.T) {
	b, err := configs.Files.ReadFile("edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := loadEdge(t, b)
	kinds := map[string]bool{}
	for _, p := range c.Points {
		kinds["pulse"] = kinds["pulse"] || p.Pulse != nil
		kinds["rtd"] = kinds["rtd"] || p.RTD != nil
		kinds["analog"] = kinds["analog"] || p.Analog != nil
		kinds["modbus"] = kinds["modbus"] || p.Modbus != nil
		kinds["mqtt"] = kinds["mqtt"] || p.MQTT != nil
	}
	for kind, shown := range kinds {
		if !shown {
			t.Errorf("configs/edge.yaml shows no point with %s", kind)
		}
	}
	for _, key := range ownKeys(reflect.TypeFor[edge.Config]()) {
		if !regexp.MustCompile(`(?m)^[ #-]*` + key + `:`).Match(b) {
			t.Errorf("configs/edge.yaml does not show %s, not even in a comment", key)
		}
	}
}

// ownKeys returns the yaml keys of a struct type and of those of the same package in it. Drivers have samples of their own.
func ownKeys(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if key := f.Tag.Get("yaml"); key != "" {
			keys = append(keys, key)
		}
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.PkgPath() == t.PkgPath() {
			keys = append(keys, ownKeys(inner)...)
		}
	}
	return keys
}

// loadEdge loads a gateway's configuration as the program does, and opens its drivers, which reaches no device yet.
func loadEdge(t *testing.T, b []byte) *edge.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edge.yaml")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := edge.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Points {
		for _, open := range drivers(p) {
			d, err := open()
			if err != nil {
				t.Fatalf("point %s: %v", p.Name, err)
			}
			if err := d.Close(); err != nil {
				t.Errorf("point %s: %v", p.Name, err)
			}
		}
	}
	return c
}

// drivers returns what opens the devices of a point.
func drivers(p edge.PointConfig) (open []func() (bridge.Driver, error)) {
	if p.Pulse != nil {
		open = append(open, func() (bridge.Driver, error) { return pulse.Open(*p.Pulse) })
	}
	if p.RTD != nil {
		open = append(open, func() (bridge.Driver, error) { return rtd.Open(*p.RTD) })
	}
	if p.Analog != nil {
		open = append(open, func() (bridge.Driver, error) { return analog.Open(*p.Analog) })
	}
	if p.Modbus != nil {
		open = append(open, func() (bridge.Driver, error) { return modbus.Open(*p.Modbus) })
	}
	if p.MQTT != nil {
		open = append(open, func() (bridge.Driver, error) { return mqtt.Open(*p.MQTT) })
	}
	return open
}

// The configurations of cloud and witness are types of the command, which no test can import: their keys are read from the source.
func TestExamplesOfTheCommandNameTheirKeys(t *testing.T) {
	for file, types := range map[string][]string{
		"cloud.yaml": {"cloudConfig", "brokerSection", "tablesSection"}, "witness.yaml": {"witnessConfig"},
	} {
		tags := structTags(t, "cmd/gauger", types...)
		if len(tags) < 7 {
			t.Fatalf("%s: found the keys %v only: this test has lost its way", file, tags)
		}
		b, err := configs.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var example map[string]any
		if err := yaml.Unmarshal(b, &example); err != nil {
			t.Fatal(err)
		}
		for _, key := range keysOf(example) {
			if !slices.Contains(tags, key) {
				t.Errorf("configs/%s has %s, which the program does not know", file, key)
			}
		}
		for _, tag := range tags {
			if !regexp.MustCompile(`(?m)^[ #]*` + tag + `:`).Match(b) {
				t.Errorf("configs/%s does not show %s, not even in a comment", file, tag)
			}
		}
	}
}

func keysOf(m map[string]any) (keys []string) {
	for k, v := range m {
		keys = append(keys, k)
		if inner, ok := v.(map[string]any); ok {
			keys = append(keys, keysOf(inner)...)
		}
	}
	return keys
}

// structTags returns the yaml keys of struct types of a folder.
func structTags(t *testing.T, dir string, names ...string) (tags []string) {
	for _, s := range repository(t).product() {
		if s.dir != dir {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !slices.Contains(names, spec.Name.Name) {
				return true
			}
			for _, f := range spec.Type.(*ast.StructType).Fields.List {
				tag, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml"), ",")
				tags = append(tags, tag)
			}
			return true
		})
	}
	return tags
}

// block is a YAML block of a Markdown file.
var block = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// A block in the instructions that starts with "# edge.yaml" is a whole configuration, and one with "# a point" is a point to put
// into one. Both must load.
func TestConfigurationsInTheInstructionsLoad(t *testing.T) {
	tr := repository(t)
	example, err := configs.Files.ReadFile("edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := bytes.Cut(example, []byte("\npoints:\n"))
	if !found {
		t.Fatal("configs/edge.yaml has no points")
	}
	whole, points := 0, 0
	for _, rel := range tr.texts {
		if !within(rel, "docs/how-to") {
			continue
		}
		b, err := tr.read(rel)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range block.FindAllSubmatch(b, -1) {
			file := m[1]
			switch {
			case bytes.HasPrefix(file, []byte("# edge.yaml\n")):
				whole++
			case bytes.HasPrefix(file, []byte("# a point\n")):
				points++
				file = slices.Concat(head, []byte("\npoints:\n"), file)
			default:
				continue
			}
			t.Run(fmt.Sprintf("%s block %d", rel, i+1), func(t *testing.T) { loadEdge(t, file) })
		}
	}
	if whole == 0 || points == 0 {
		t.Errorf("found %d whole configurations and %d points in docs/how-to", whole, points)
	}
}
