package edge

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/durable"
)

// PreviousConfig names the device that this one goes on for: the same gateway under its former key, as a rule.
type PreviousConfig struct {
	Journal string `yaml:"journal"` // directory of its journal
	Key     string `yaml:"key"`     // COSE_Key in hex, as `gauger key show` prints it
	Lost    bool   `yaml:"lost"`    // its key is lost: go on from its last receipted record

	key cose.Key
}

// Validate names the first thing that is wrong.
func (p *PreviousConfig) Validate() error {
	if p.Journal == "" || p.Key == "" {
		return errors.New("it needs the journal of the previous device and its public key, the line cose of gauger key show")
	}
	b, err := hex.DecodeString(p.Key)
	if err == nil {
		p.key, err = cose.ParseKey(b)
	}
	if err != nil {
		return fmt.Errorf("key: want it in hex, as gauger key show prints it: %w", err)
	}
	return nil
}

// handover is where another device's chain of a point ended. A chain that begins there counts from there: what flowed in
// between is in its first interval.
type handover struct {
	device cose.Kid
	seq    uint64 // of the last record
	end    int64  // of the last interval, ms
	count  uint64 // raw counter then
}

// handovers reads where the previous device's chains ended, by point. Its journal is verified whole, and is not written to. A point
// that has records of its own already needs none.
func (a *Agent) handovers() (map[string]*handover, error) {
	p := a.o.Config.Previous
	begun := func(c PointConfig) bool { return a.journal.chains[c.Name] != nil }
	if p == nil || !slices.ContainsFunc(a.o.Config.Points, func(c PointConfig) bool { return !begun(c) }) {
		return nil, nil
	}
	log, err := durable.OpenLog(a.o.FS, p.Journal, durable.LogOptions{MaxEntry: maxEntry})
	if err != nil {
		return nil, fmt.Errorf("open journal %s of the previous device: %w", p.Journal, err)
	}
	found, err := p.read(log, a.o)
	if err != nil {
		err = fmt.Errorf("journal %s of the previous device: %w", p.Journal, err)
	}
	return found, errors.Join(err, log.Close())
}

func (p *PreviousConfig) read(log *durable.Log, o Options) (map[string]*handover, error) {
	j, err := openJournal(log, p.key, o.CloudKeys...)
	if err != nil {
		return nil, err
	}
	if len(j.records) == 0 {
		return nil, errors.New("it holds no record: is this the folder?")
	}
	if open := len(j.pending) > 0 || j.unanswered > 0; open && !p.Lost {
		return nil, fmt.Errorf("%d records and %d statements of it are not receipted: run the gateway under its former key until they are; "+
			"when that key is lost, set lost: true, and this device counts on from the last receipted record", len(j.pending), j.unanswered)
	}
	found := map[string]*handover{}
	for _, c := range o.Config.Points {
		next := uint64(len(j.records[c.Name]))
		if p.Lost {
			if next, err = j.receipted(c.Name); err != nil {
				return nil, err
			}
		}
		if found[c.Name], err = j.standing(c.Name, next); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// receipted returns how many records of a point are in statements that were receipted, without a gap from the first on.
func (j *journal) receipted(point string) (next uint64, err error) {
	for n, f := range j.statements {
		if f.outcome != receipted {
			continue
		}
		s, err := j.statement(uint64(n))
		if err != nil {
			return 0, err
		}
		for _, run := range s.Runs {
			if run.Point == point {
				next = max(next, run.Last+1) // the cloud takes a point's records in order only
			}
		}
	}
	return next, nil
}

// standing returns where the records of a point before a sequence number end, or nil when there are none.
func (j *journal) standing(point string, next uint64) (*handover, error) {
	for seq := next; seq > 0; seq-- {
		r, _, err := j.record(point, seq-1)
		if err != nil {
			return nil, err
		}
		h := &handover{device: r.Device, seq: next - 1, end: r.End}
		switch {
		case r.Interval != nil:
			h.count = r.Interval.Totaliser
			return h, nil
		case r.Event.Kind == record.Start:
			h.count, err = strconv.ParseUint(r.Event.New, 10, 64)
			return h, err
		}
	}
	return nil, nil
}
