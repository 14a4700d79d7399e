package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/custody"
)

// TestImported: the customs day is that on which a ticket ran by the clocks of the port, or of the instant of a statement, or of arrival.
func TestImported(t *testing.T) {
	t.Parallel()
	at := func(text string) int64 {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment.UnixMilli()
	}
	midnight := at("2024-03-06T06:00:00Z")
	for _, tt := range []struct {
		name  string
		claim Claim
		on    custody.Citation
		want  string
	}{
		{"a day from midnight to midnight", Claim{UTCOffset: -360}, custody.Citation{ID: "T", Version: 1, Open: midnight - 24*3_600_000, Close: midnight}, "2024-03-05"},
		{"a millisecond more", Claim{UTCOffset: -360}, custody.Citation{ID: "T", Version: 1, Open: midnight - 1, Close: midnight + 1},
			"ticket T runs over two customs days, 2024-03-05 and 2024-03-06: cut it"},
		{"a statement at midnight", Claim{UTCOffset: -360}, custody.Citation{ID: "E", Open: midnight, Close: midnight}, "2024-03-06"},
		{"from the device's first record on", Claim{UTCOffset: -360}, custody.Citation{ID: "T", Version: 1, Close: midnight}, "ticket T opens with the first record of its device"},
		{"by vessel, over three days", Claim{UTCOffset: -360, MOT: "10", Arrived: midnight - 1}, custody.Citation{ID: "T", Version: 1, Open: midnight, Close: midnight + 72*3_600_000}, "2024-03-05"},
		{"by rail, from the first record on", Claim{MOT: "20", Arrived: midnight}, custody.Citation{ID: "T", Version: 1, Close: midnight}, "2024-03-06"},
	} {
		day, err := tt.claim.imported(tt.on)
		if err == nil && string(day) != tt.want || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %q, %v, want %s", tt.name, day, err, tt.want)
		}
	}
}
