package edge

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
)

// sender runs the uplink: one goroutine that sends what is due and takes in what the cloud replies.
type sender struct {
	agent  *Agent
	real   clock.Clock
	mu     sync.Mutex
	uplink uplink
	wake   chan struct{}
	inbox  chan []byte
	done   chan struct{}
	err    error // why the goroutine ended before its time
}

// inboxSize bounds the replies that wait; what does not fit is lost, and the cloud asked again.
const inboxSize = 256

func newSender(a *Agent) *sender {
	s := &sender{
		agent: a, real: clock.Real(), wake: make(chan struct{}, 1), inbox: make(chan []byte, inboxSize), done: make(chan struct{}),
		uplink: uplink{window: maxWindow, retry: time.Duration(a.o.Config.Batch.Retry)},
	}
	for n, f := range a.journal.statements {
		if f.outcome == open {
			s.uplink.enqueue(uint64(n))
		}
	}
	if a.journal.recovers() {
		s.uplink.doomed = a.journal.made()
	}
	return s
}

func (s *sender) start(ctx context.Context, fail context.CancelCauseFunc) error {
	o := s.agent.o
	err := o.Link.Subscribe(wire.ReplyTopic(o.Config.Organisation, s.agent.device.Kid()), func(_ string, payload []byte) {
		select {
		case s.inbox <- payload:
		default:
		}
	})
	if err != nil {
		return err
	}
	go func() {
		defer close(s.done)
		if s.err = s.run(ctx); s.err != nil {
			fail(s.err)
		}
	}()
	return nil
}

func (s *sender) wait() { <-s.done }

func (s *sender) enqueue(number uint64) {
	s.mu.Lock()
	s.uplink.enqueue(number)
	s.mu.Unlock()
	s.nudge()
}

func (s *sender) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *sender) run(ctx context.Context) error {
	pause := s.uplink.retry / 4
	for ctx.Err() == nil {
		now := s.real.Now()
		s.mu.Lock()
		numbers := s.uplink.send(now)
		s.agent.metrics.waiting.Set(float64(len(s.uplink.waiting)))
		s.mu.Unlock()
		for _, n := range numbers {
			if err := s.send(ctx, n); err != nil {
				return err
			}
		}
		timer, cancel := context.WithTimeout(ctx, pause)
		select {
		case reply := <-s.inbox:
			if err := s.take(ctx, reply); err != nil {
				cancel()
				return err
			}
		case <-s.wake:
		case <-timer.Done():
		}
		cancel()
	}
	return nil
}

func (s *sender) send(ctx context.Context, number uint64) error {
	message, err := s.agent.journal.message(number)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, s.uplink.retry)
	defer cancel()
	o := s.agent.o
	if err := o.Link.Publish(bounded, wire.BatchTopic(o.Config.Organisation, s.agent.device.Kid()), message, false); err != nil {
		slog.Debug("batch not sent, it will be sent again", "statement", number, "error", err)
	}
	return nil
}

// take handles one reply. What does not verify is not a reply.
func (s *sender) take(ctx context.Context, message []byte) error {
	a := s.agent
	r, err := openReply(message, a.o.CloudKeys, a.device.Kid())
	if err != nil {
		slog.Warn("message on the reply topic is not the cloud's", "error", err)
		return nil
	}
	number := a.journal.numberOf(r)
	if r.Want != nil && r.Want.Number >= a.journal.made() {
		slog.Error("the cloud wants a statement that was never made: was the journal restored from an older copy?", "statement", r.Want.Number)
		return nil
	}
	if r.Receipt != nil {
		if err := a.checkReceipt(number, r.Receipt); err != nil {
			slog.Error("the cloud's receipt proves nothing", "statement", number, "error", err)
			return nil
		}
	}
	if r.Receipt != nil || r.Refusal != nil {
		if err := a.journal.addReply(r, message); err != nil && !errors.Is(err, durable.ErrNoSpace) {
			return err
		} else if err != nil {
			return nil // said again when the statement is sent again
		}
	}
	s.mu.Lock()
	resend := s.uplink.reply(number, r, s.real.Now())
	halted := s.uplink.halted != ""
	s.mu.Unlock()
	if r.Refusal != nil {
		a.metrics.refused.Inc()
		advice := "its records come again"
		if halted {
			advice = "nothing is sent until the cause is mended and the gateway restarted"
		}
		slog.Error("statement refused: "+advice, "statement", number, "code", r.Refusal.Code, "reason", r.Refusal.Text)
	}
	for _, n := range resend {
		if err := s.send(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// checkReceipt verifies that the ledger of the trust file holds the statement, and notes its checkpoint.
func (a *Agent) checkReceipt(number uint64, receipt []byte) error {
	signed, err := a.journal.signed(number)
	if err != nil {
		return err
	}
	r, err := proof.ParseReceipt(receipt)
	if err != nil {
		return err
	}
	c, err := r.Verify(signed, a.o.Trust)
	if err != nil {
		return err
	}
	a.journal.see(statement.Seen{Size: c.Size, Root: c.Root})
	return nil
}

// drain waits until everything is answered, or for the given time.
func (s *sender) drain(ctx context.Context, limit time.Duration) {
	deadline := s.real.Now().Add(limit)
	for s.real.Now().Before(deadline) && ctx.Err() == nil {
		s.mu.Lock()
		left, halted := len(s.uplink.waiting), s.uplink.halted
		s.mu.Unlock()
		if left == 0 || halted != "" {
			return
		}
		if err := s.real.WaitUntil(ctx, s.real.Now().Add(10*time.Millisecond)); err != nil {
			return
		}
	}
	slog.Warn("ended with statements that were not answered: they are in the journal and will be sent after the next start")
}
