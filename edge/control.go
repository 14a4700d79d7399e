package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gauger/gauger/evidence/record"
)

// Cut asks a gateway to end the running interval of a point now, because a ticket opens or closes.
type Cut struct {
	Point  string `json:"point"`
	Ticket string `json:"ticket"`
	Who    string `json:"who"`
}

// CutReply says when the interval ended, RFC 3339, or why it did not.
type CutReply struct {
	At    string `json:"at,omitempty"`
	Error string `json:"error,omitempty"`
}

// cutting is a Cut on its way through the measuring loop.
type cutting struct {
	Cut
	reply chan CutReply
}

// maxCut bounds a request in bytes, and cutTimeout one exchange.
const (
	maxCut     = 4096
	cutTimeout = 30 * time.Second
)

// Control answers cuts on a listener until ctx ends, one JSON object each way for each connection. Whoever can open the socket
// may cut: its file's permissions are the access rule.
func (a *Agent) Control(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var group sync.WaitGroup
	defer group.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("control socket: %w", err)
		}
		group.Go(func() { a.control(ctx, conn) })
	}
}

func (a *Agent) control(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, cutTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	c := cutting{reply: make(chan CutReply, 1)}
	if err := json.NewDecoder(io.LimitReader(conn, maxCut)).Decode(&c.Cut); err != nil {
		_ = json.NewEncoder(conn).Encode(CutReply{Error: "not a cut: " + err.Error()}) // the client may be gone
		return
	}
	select {
	case a.cuts <- c:
		_ = json.NewEncoder(conn).Encode(<-c.reply)
	case <-ctx.Done():
	}
}

// pause waits for an instant, or for a cut before it.
func (a *Agent) pause(ctx context.Context, until time.Time) (*cutting, error) {
	wait, stop := context.WithCancel(ctx)
	defer stop()
	var cut *cutting
	var group sync.WaitGroup
	group.Go(func() {
		select {
		case c := <-a.cuts:
			cut = &c
			stop()
		case <-wait.Done():
		}
	})
	err := a.o.Clock.WaitUntil(wait, until)
	stop()
	group.Wait()
	if cut != nil {
		return cut, nil
	}
	return nil, err
}

// cut ends the running interval of a point, and records which ticket opened or closed there.
func (a *Agent) cut(ctx context.Context, c Cut) CutReply {
	now := a.o.Clock.Now().Truncate(time.Millisecond)
	for _, m := range a.points {
		if m.settings.point != c.Point {
			continue
		}
		if err := a.cutPoint(ctx, m, now, c); err != nil {
			return CutReply{Error: err.Error()}
		}
		return CutReply{At: instant(now.UnixMilli())}
	}
	names := make([]string, len(a.points))
	for i, m := range a.points {
		names[i] = m.settings.point
	}
	return CutReply{Error: fmt.Sprintf("point %q is not one of this gateway, which has %s", c.Point, strings.Join(names, ", "))}
}

func (a *Agent) cutPoint(ctx context.Context, m *measuring, now time.Time, c Cut) error {
	if m.state.chain.Next == 0 || m.before != nil {
		return fmt.Errorf("%s has taken no sample since the gateway started: try again in a moment", c.Point)
	}
	in, _, err := m.source.read(ctx, now) // what is wrong with the devices, the next sample says
	if err != nil {
		return err
	}
	st, all, err := m.settings.step(m.state, now.UnixMilli(), in, true)
	if err != nil {
		return err
	}
	event, err := m.settings.event(&st, now.UnixMilli(), record.Event{Kind: record.TicketEnd, Name: c.Ticket, Who: c.Who})
	if err != nil {
		return err
	}
	done, err := a.commit(m, append(all, event))
	if err != nil {
		return err
	}
	if !done {
		return errors.New("nothing was cut: the journal has no space, or the key does not sign; the gateway's log says which")
	}
	m.state = st
	return nil
}
