package edge

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCut: a ticket that opens in the middle of an interval ends it there, with every pulse on its side.
func TestCut(t *testing.T) {
	r := newRig(t)
	r.start()
	r.flow(100)
	r.flow(200)
	r.now = r.now.Add(20*time.Second - time.Minute) // the next sample would be a minute after the last
	r.device.set(nil, counted(230), warm(20), pressed(500))
	r.agent.o.Clock.(*hand).set(r.now)
	if reply := r.agent.cut(t.Context(), Cut{Point: "LACT-1", Ticket: "T-7", Who: "the gauger"}); reply.Error != "" || reply.At == "" {
		t.Fatalf("cut answered %+v", reply)
	}
	lines := r.lines()
	last := strings.Join(lines[len(lines)-2:], "\n")
	for _, want := range []string{"to 1m20s: 30 in 20s", "ticket T-7"} {
		if !strings.Contains(last, want) {
			t.Errorf("the last two records are\n%s\nwithout %q", last, want)
		}
	}
	if reply := r.agent.cut(t.Context(), Cut{Point: "LACT-9"}); !strings.Contains(reply.Error, `"LACT-9" is not one of this gateway, which has LACT-1`) {
		t.Errorf("a cut of a strange point answered %+v", reply)
	}
}

// TestControl: a cut comes through the socket while the gateway waits for its next sample.
func TestControl(t *testing.T) {
	r := newRig(t)
	r.device = &device{}
	r.device.set(nil, counted(5), warm(20), pressed(500))
	must(t, r.open(r.options(&hand{now: epoch}), r.device))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	must(t, err)
	ended := make(chan error, 2)
	go func() { ended <- r.agent.Control(ctx, l) }()
	go func() { ended <- r.agent.Run(ctx) }()
	ask := func(request string) CutReply {
		t.Helper()
		conn, err := net.Dial("unix", socket)
		must(t, err)
		defer conn.Close()
		_, err = conn.Write([]byte(request + "\n"))
		must(t, err)
		var reply CutReply
		must(t, json.NewDecoder(conn).Decode(&reply))
		return reply
	}
	if reply := ask(`{"point":"LACT-1","ticket":"T-8","who":"x"}`); reply.Error != "" {
		t.Errorf("cut answered %+v", reply)
	}
	if reply := ask(`nonsense`); !strings.Contains(reply.Error, "not a cut") {
		t.Errorf("nonsense answered %+v", reply)
	}
	cancel()
	for range 2 {
		must(t, <-ended)
	}
}
