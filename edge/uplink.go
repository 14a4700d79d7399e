package edge

import (
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/evidence/wire"
)

// uplink decides what to send when. It is a state machine without I/O: statements and replies go in, numbers to send come out.
// Time is real time, whatever clock the measurements run on: it paces retries, nothing else.
type uplink struct {
	window  int           // statements under way at once
	retry   time.Duration // after which an unanswered one is sent again
	waiting []*flight     // unanswered statements, oldest first
	halted  string        // why nothing is sent any more; a restart tries again
	doomed  uint64        // statements below it follow one that was refused before the start: their refusal is no news
}

type flight struct {
	number uint64
	next   time.Time // when to send (again)
}

// maxWindow bounds what can be under way.
const maxWindow = 64

// enqueue adds a new statement.
func (u *uplink) enqueue(number uint64) { u.waiting = append(u.waiting, &flight{number: number}) }

// send returns the statements to send now.
func (u *uplink) send(now time.Time) []uint64 {
	if u.halted != "" {
		return nil
	}
	var out []uint64
	for _, f := range u.waiting[:min(u.window, len(u.waiting))] {
		if !now.Before(f.next) {
			f.next = now.Add(u.retry)
			out = append(out, f.number)
		}
	}
	return out
}

// reply takes in what the cloud says about statement number (want and checkpoint concern none). It returns a statement to
// send at once when the cloud misses one that was answered before: a cloud that was restored from an older copy.
func (u *uplink) reply(number uint64, r wire.Reply, now time.Time) (resend []uint64) {
	switch {
	case r.Receipt != nil:
		u.waiting = slices.DeleteFunc(u.waiting, func(f *flight) bool { return f.number == number })
	case r.Refusal != nil:
		u.refused(number, r.Refusal)
	case r.Want != nil && u.halted == "":
		return u.wanted(r.Want.Number, now)
	}
	return nil
}

// refused halts for a statement that waits for its answer. A refusal of any other is an old one that the network repeats. One
// that consumes the number ends the statement.
func (u *uplink) refused(number uint64, r *wire.Refusal) {
	i := slices.IndexFunc(u.waiting, func(f *flight) bool { return f.number == number })
	if i < 0 {
		return
	}
	if r.Code.Consumes() {
		u.waiting = slices.Delete(u.waiting, i, i+1)
		if number < u.doomed {
			return
		}
	}
	u.halted = fmt.Sprintf("statement %d was refused (%s): %s", number, r.Code, r.Text)
}

// wanted makes everything from a number on due: the cloud works in order and drops what it cannot place yet.
func (u *uplink) wanted(number uint64, now time.Time) []uint64 {
	known := false
	for _, f := range u.waiting {
		if f.number >= number && f.next.Sub(now) < u.retry-u.retry/4 {
			f.next = now // not when it was sent a moment ago: the reply may be about an earlier sending
		}
		known = known || f.number == number
	}
	if known || len(u.waiting) > 0 && number > u.waiting[len(u.waiting)-1].number {
		return nil
	}
	return []uint64{number}
}
