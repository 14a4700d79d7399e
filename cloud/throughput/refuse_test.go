package throughput_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gauger/gauger/cloud/throughput"
	"github.com/gauger/gauger/metrology/quantity"
)

// Rows before and after the bad one.
const (
	goodBefore = "2024-03-01,Keystone,KP0020,south,domestic heavy,102.21,102.21\n"
	goodAfter  = "2024-03-01,Keystone,KP0020,south,domestic light,0.0,102.21\n"
)

// Each row is refused by its line. Lenient reading leaves out this row and no other.
func TestBadRows(t *testing.T) {
	for _, tt := range []struct{ name, row, want string }{
		{"no date", ",Keystone,KP0020,south,petroleum,1.0,", `date is "", want one such as 2024-03-01`},
		{"date of another kind", "3/1/2024,Keystone,KP0020,south,petroleum,1.0,", `date is "3/1/2024", want one such as 2024-03-01`},
		{"no such day", "2024-02-30,Keystone,KP0020,south,petroleum,1.0,", `date is "2024-02-30", want one such as 2024-03-01`},
		{"date far off", "0024-03-01,Keystone,KP0020,south,petroleum,1.0,", `date is "0024-03-01", want one such as 2024-03-01`},
		{"a cell too few", "2024-03-01,Keystone,KP0020,south,petroleum,1.0", "6 cells, the header has 7"},
		{"a thousands separator", "2024-03-01,Keystone,KP0020,south,petroleum,1,000.5,", "8 cells, the header has 7"},
		{"the same, quoted", `2024-03-01,Keystone,KP0020,south,petroleum,"1,000.5",`, `throughput is "1,000.5", want a number such as 102.21`},
		{"a word", "2024-03-01,Keystone,KP0020,south,petroleum,n/a,", `throughput is "n/a", want a number such as 102.21`},
		{"no number", "2024-03-01,Keystone,KP0020,south,petroleum,NaN,", `throughput is "NaN", want a number such as 102.21`},
		{"infinity", "2024-03-01,Keystone,KP0020,south,petroleum,1.0,Inf", `capacity is "Inf", want a number such as 102.21`},
		{"a huge exponent", "2024-03-01,Keystone,KP0020,south,petroleum,1e999999999,", `throughput is "1e999999999", want a number such as 102.21`},
		{"a fraction", "2024-03-01,Keystone,KP0020,south,petroleum,1/3,", `throughput is "1/3", want a number such as 102.21`},
		{"backwards", "2024-03-01,Keystone,KP0020,south,petroleum,-0.5,", "throughput: -0.5 thousand m3/d is outside 0 to 1000000 thousand m3/d"},
		{"m3 instead of 1000 m3", "2024-03-01,Keystone,KP0020,south,petroleum,102210000,", "throughput: 102210000 thousand m3/d is outside 0 to 1000000 thousand m3/d"},
		{"a negative capacity", "2024-03-01,Keystone,KP0020,south,petroleum,1.0,-1", "capacity: -1 thousand m3/d is outside 0 to 1000000 thousand m3/d"},
		{"no product", "2024-03-01,Keystone,KP0020,south,,1.0,", "pipeline, key point or product is missing beside a throughput"},
		{"no point", "2024-03-01,Keystone, ,south,petroleum,1.0,", "pipeline, key point or product is missing beside a throughput"},
		{"no pipeline", "2024-03-01,,KP0020,south,petroleum,1.0,", "pipeline, key point or product is missing beside a throughput"},
		{"the same again", strings.TrimSpace(goodBefore), "states 2024-03 of Keystone, KP0020, south, domestic heavy again, after oil.csv line 2"},
		{"another coding", "2024-03-01,Westspur,KP0000,north-east,SES \x96 Crude,1.0,", `"SES \x96 Crude" is not UTF-8: save the file as UTF-8`},
		{"a terminal's escape", "2024-03-01,Keystone,KP0020,south,\x1b[2J,1.0,", `"\x1b[2J" has a character that does not print`},
		{"a quotation within", `2024-03-01,Keystone,KP0020,south,pet"ro"leum,1.0,`, "a quotation is not closed, or stands within a cell"},
		{"a quotation that ends early", `2024-03-01,Keystone,KP0020,south,"pet"roleum,1.0,`, "a quotation is not closed, or stands within a cell"},
		{"a long name", "2024-03-01,Keystone,KP0020,south," + strings.Repeat("oil ", 60) + ",1.0,", `"oil oil oil oil oil "... is longer than 200 bytes`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := oilHeader + goodBefore + tt.row + "\n" + goodAfter
			var row *throughput.RowError
			err := new(throughput.Data).Read("oil.csv", strings.NewReader(file), false)
			if want := "oil.csv: line 3: " + tt.want; err == nil || err.Error() != want || !errors.As(err, &row) || row.Line != 3 {
				t.Fatalf("%v\nwant %s", err, want)
			}
			d := new(throughput.Data)
			if err := d.Read("oil.csv", strings.NewReader(file), true); err != nil {
				t.Fatal(err)
			}
			f := d.Files[0]
			if f.Rows != 3 || f.Used != 2 || f.LeftOut != 1 || len(f.Faults) != 1 || f.Faults[0] != (throughput.Remark{Line: 3, Text: tt.want}) {
				t.Errorf("lenient: %+v", f)
			}
			all, _ := flows(t, d, throughput.Filter{})
			if len(all) != 2 || all[0].Volume.String() != "3168510" || all[1].Volume != 0 {
				t.Errorf("lenient: flows %+v", all)
			}
		})
	}
}

func TestBadKeyPoints(t *testing.T) {
	for _, tt := range []struct{ name, row, want string }{
		{"no id", ",Sumas,TransMountain,49.0766,-122.203,,", "KeyPointID or Key Point is missing"},
		{"no name", "KP0038,,TransMountain,49.0766,-122.203,,", "KeyPointID or Key Point is missing"},
		{"half a place", "KP0038,Sumas,TransMountain,49.0766,,,", "one of latitude and longitude is missing"},
		{"no number", "KP0038,Sumas,TransMountain,49 N,-122.203,,", `latitude is "49 N", want degrees such as 48.9989`},
		{"exchanged", "KP0038,Sumas,TransMountain,-122.203,49.0766,,", "latitude: -122.203 degrees is outside 41 to 84 degrees"},
		{"east of Canada", "KP0038,Sumas,TransMountain,49.0766,12.2,,", "longitude: -12.2 degrees is outside -142 to -52 degrees"},
		{"no number for a longitude", "KP0038,Sumas,TransMountain,49.0766,W122,,", `longitude is "-W122", want degrees such as 48.9989`},
		{"twice", "KP0020,Haskett,Keystone,48.9989,-97.9577,,", "key point KP0020 is there already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := pointHeader + "KP0020,Haskett,Keystone,48.9989,-97.9577,,\n" + tt.row + "\n"
			err := new(throughput.Data).Read("points.csv", strings.NewReader(file), false)
			if want := "points.csv: line 3: " + tt.want; err == nil || err.Error() != want {
				t.Fatalf("%v\nwant %s", err, want)
			}
			d := new(throughput.Data)
			if err := d.Read("points.csv", strings.NewReader(file), true); err != nil || len(d.Points) != 1 || d.Files[0].LeftOut != 1 {
				t.Errorf("lenient: %v, %+v", err, d.Points)
			}
		})
	}
}

// What would be miscounted is refused, lenient or not.
func TestUnfitFiles(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "f: the file is empty"},
		{"a mark and nothing", "\ufeff", "f: the file is empty"},
		{"another file", "a,b,c\n1,2,3\n", "f: line 1: no such file of the CER is known. Throughput has columns"},
		{"another unit", strings.Replace(oilHeader, "(1000 m3/d),", "(Mb/d),", 1), "f: line 1: no such file of the CER is known."},
		{"a column twice", "Product," + oilHeader, `f: line 1: columns 1 and 6 are both "Product"`},
		{"two names for one column", strings.Replace(oilHeader, "Date", "Date,Pipeline", 1), `f: line 1: columns 2 and 3 are both "Pipeline Name"`},
		{"a header that does not end", `"Date`, "f: line 1: a quotation"},
		{"days in a file of months", oilHeader + goodBefore + "2024-03-02,Keystone,KP0020,south,domestic heavy,1.0,\n",
			"f: line 3: date is 2024-03-02, want the first of a month: without a column Day each row is a month"},
		{"a quotation that swallows the rest", oilHeader + goodBefore + "\"2024-03-01,Keystone,KP0020,south,petroleum,1.0,\n" + goodAfter,
			"f: line 3: a quotation that begins here runs to line 4"},
		{"one that ends in a later row", oilHeader + "\"" + goodBefore + "2024-03-01,x,KP0000,east,\"heavy, light\",1.0,\n",
			"f: line 2: a quotation that begins here runs to line 3"},
		{"one that ends at a comma", oilHeader + "\"" + goodBefore + "2024-03-01\",x,KP0000,east,petroleum,1.0,\n",
			`f: line 2: a quotation runs over lines, and the row is bad: date is`},
		{"one in a column that is not read", strings.Replace(oilHeader, "Date", "Reason,Date", 1) + "\"" + long + "\n" + long + "\"," + goodBefore,
			"f: line 2: a quotation runs over lines, and the row is bad: a cell is too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, lenient := range []bool{false, true} {
				err := new(throughput.Data).Read("f", strings.NewReader(tt.file), lenient)
				if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
					t.Errorf("lenient %v: %v\nwant %s", lenient, err, tt.want)
				}
			}
		})
	}
}

func TestReadFails(t *testing.T) {
	boom := errors.New("boom")
	for _, lenient := range []bool{false, true} {
		err := new(throughput.Data).Read("f", io.MultiReader(strings.NewReader(oilHeader+goodBefore), iotest.ErrReader(boom)), lenient)
		if !errors.Is(err, boom) {
			t.Errorf("lenient %v: %v, want the reader's error", lenient, err)
		}
	}
}

// Bad rows are counted for ever, and kept up to a limit.
func TestManyBadRows(t *testing.T) {
	d := new(throughput.Data)
	if err := d.Read("f", strings.NewReader(oilHeader+strings.Repeat("x\n", 1000)), true); err != nil {
		t.Fatal(err)
	}
	if f := d.Files[0]; f.LeftOut != 1000 || len(f.Faults) != 100 || f.Faults[99].Line != 101 {
		t.Errorf("%d left out, %d kept", f.LeftOut, len(f.Faults))
	}
}

// A day that two files state, and one that comes twice in a file.
func TestSameDayTwice(t *testing.T) {
	const row = "2023-03-02,2,3,2023,Alliance Pipeline Ltd.,Alliance pipeline,Border,,,southeast,export,,2.0,1\n"
	d := read(t, ownGasHeader+row)
	err := d.Read("again", strings.NewReader(ownGasHeader+row), false)
	if want := "again: line 2: states 2023-03 of Alliance pipeline, Border, southeast, export, natural gas again, after file 1 line 2"; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	bad := strings.Replace(row, ",2,3,2023,", ",3,3,2023,", 1)
	if err := new(throughput.Data).Read("f", strings.NewReader(ownGasHeader+bad), false); err == nil ||
		err.Error() != `f: line 2: date is 2023-03-02, but day, month and year are "3", "3", "2023"` {
		t.Error(err)
	}
}

func TestFilterRefuses(t *testing.T) {
	d := read(t, oilFile())
	for _, tt := range []struct {
		name string
		f    throughput.Filter
		want string
	}{
		{"a point", throughput.Filter{Points: []string{"KP0020", "KP0099"}}, `no figures for point "KP0099": there are KP0016; KP0020; KP0038`},
		{"no name", throughput.Filter{Points: []string{""}}, `no figures for point "": there are KP0016; KP0020; KP0038`},
		{"a product", throughput.Filter{Points: []string{"sumas"}, Products: []string{"foreign light"}}, `no figures for product "foreign light": there are domestic heavy; domestic light`},
		{"a month", throughput.Filter{Month: throughput.Month{Year: 2022, Month: 12}}, `no figures for month "2022-12": there are 2016-05 to 2024-03`},
		{"a year", throughput.Filter{Points: []string{"KP0020"}, Year: 2022}, `no figures for year "2022": there are 2023; 2024`},
	} {
		if all, err := d.Flows(tt.f); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %d flows, %v\nwant %s", tt.name, len(all), err, tt.want)
		}
	}
	inland := read(t, oilHeader+"2016-01-01,EnbridgeLine9,KP0000,east,petroleum,35.6476,47.6963\n")
	if _, err := inland.Flows(throughput.Filter{Border: true}); err == nil || err.Error() != "no flow is known to cross the border" {
		t.Error(err)
	}
}

// The same flow by the id of its point in one file, and by the name in another.
func TestSameFlowByIDAndName(t *testing.T) {
	d := read(t, oilFile(), strings.Replace(oilHeader, "KeyPointID", "Key Point", 1)+"2024-03-01,TransMountain,Sumas,south,domestic light,35.0,\n")
	if all, err := d.Flows(throughput.Filter{}); err == nil || !strings.HasSuffix(err.Error(), "state the same: leave one of them out") {
		t.Errorf("%d flows, %v", len(all), err)
	}
}

func TestTotalsOverflow(t *testing.T) {
	most := quantity.Micro(1 << 62)
	s := throughput.Stream{Commodity: throughput.Gas, Point: "KP0002"}
	_, err := throughput.Totals([]throughput.Flow{
		{Stream: s, Month: throughput.Month{Year: 2024, Month: 1}, Volume: most, Days: 31}, {Stream: s, Month: throughput.Month{Year: 2024, Month: 2}, Volume: most, Days: 29},
	})
	if !errors.Is(err, quantity.ErrOverflow) {
		t.Errorf("%v, want an overflow", err)
	}
}
