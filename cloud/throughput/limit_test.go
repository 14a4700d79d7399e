package throughput

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestLimited(t *testing.T) {
	for _, tt := range []struct {
		size int
		ok   bool
	}{{9, true}, {10, true}, {11, false}, {12, false}} {
		b, err := io.ReadAll(&limited{in: strings.NewReader(strings.Repeat("x", tt.size)), left: 10 + 1})
		if (err == nil) != tt.ok || tt.ok && len(b) != tt.size {
			t.Errorf("%d bytes of at most 10: read %d, %v", tt.size, len(b), err)
		}
	}
}

func TestTooMany(t *testing.T) {
	var flows, points strings.Builder
	flows.WriteString("Date,Pipeline,KeyPointID,Direction of Flow,Product,Throughput (1000 m3/d)\n")
	for i := range MaxFlows + 1 {
		fmt.Fprintf(&flows, "2024-03-01,P,K%d,south,oil,1\n", i)
	}
	points.WriteString("KeyPointID,Key Point,Pipeline Name,Latitude,Longitude\n")
	for i := range maxPoints + 1 {
		fmt.Fprintf(&points, "K%d,K,P,,\n", i)
	}
	for file, want := range map[string]string{
		flows.String():  fmt.Sprintf("f: line %d: more than %d products of points and months", MaxFlows+2, MaxFlows),
		points.String(): fmt.Sprintf("f: line %d: more than %d key points", maxPoints+2, maxPoints),
	} {
		if err := new(Data).Read("f", strings.NewReader(file), true); err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
