package calc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/gas/gross"
	"github.com/gauger/gauger/metrology/gas/orifice"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// halving is a batch that halves a number; 0 it refuses, and of 1 it says that it is odd.
var halving = batch{columns: []string{"id", "x"}, answers: []string{"id", "half", "twice"}, echo: true, row: func(cells []string, a *answer) error {
	x, err := float(cells[1])
	if err != nil {
		return err
	}
	a.number(x / 2)
	if x == 0 {
		return refusal("zero")
	}
	if x == 1 {
		a.word = "odd"
	}
	a.number(x * 2)
	return nil
}}

func TestBatch(t *testing.T) {
	const header = "id,half,twice,error\n"
	for _, tc := range []struct{ name, in, out string }{
		{"rows in order", "id,x\na,4\nb,6\n", "a,2,8,\nb,3,12,\n"},
		{"no end of the last line", "id,x\na,4", "a,2,8,\n"},
		{"lines of Windows", "\ufeffid,x\r\na,4\r\n", "a,2,8,\n"},
		{"a comment after the mark of Windows", "\ufeff# made by hand\nid,x\na,4\n", "a,2,8,\n"},
		{"comments and blank lines", "# one\n\nid,x\n# two\na,4\n   \n", "a,2,8,\n"},
		{"other columns, another order", "why,x,id,expected\n,4,a,2\n", "a,2,8,\n"},
		{"blanks around", " id , x \na , 4 \n", "a,2,8,\n"},
		{"quotation marks", "id,x\n\"a, \"\"b\"\"\",\"4\"\n", "\"a, \"\"b\"\"\",2,8,\n"},
		{"an id that looks like a comment", "x,id\n4,#7\n", "\"#7\",2,8,\n"},
		{"a quotation without end", "id,x\n\"a,4\nb,6\n", ",,,cells\nb,3,12,\n"},
		{"something after a quotation", "id,x\n\"a\"b,4\n", ",,,cells\n"},
		{"a cell too few", "id,x\na\nb,6\n", "a,,,cells\nb,3,12,\n"},
		{"a cell too many", "id,x\na,4,5\n", "a,,,cells\n"},
		{"an empty cell", "id,x\na,\n", "a,,,missing\n"},
		{"no number", "id,x\na,four\n", "a,,,number\n"},
		{"NaN", "id,x\na,NaN\n", "a,,,number\n"},
		{"infinite", "id,x\na,-Inf\n", "a,,,number\n"},
		{"hexadecimal", "id,x\na,0x10\n", "a,,,number\n"},
		{"with underscores", "id,x\na,1_0\n", "a,,,number\n"},
		{"too large", "id,x\na,1e999\n", "a,,,number\n"},
		{"two signs", "id,x\na,--1\n", "a,,,number\n"},
		{"what was begun before a refusal is taken back", "id,x\na,0\nb,6\n", "a,,,zero\nb,3,12,\n"},
		{"a word beside the answer", "id,x\na,1\n", "a,0.5,2,odd\n"},
		{"fifteen digits", "id,x\na,0.66666666666666666666\n", "a,0.333333333333333,1.33333333333333,\n"},
		{"no rows", "id,x\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			if err := halving.run(strings.NewReader(tc.in), &out); err != nil {
				t.Fatal(err)
			}
			if out.String() != header+tc.out {
				t.Errorf("got:\n%swant:\n%s", out.String(), header+tc.out)
			}
		})
	}
}

func TestBatchRefuses(t *testing.T) {
	long := strings.Repeat("9", maxLine)
	for _, tc := range []struct{ name, in, out, says string }{
		{"nothing", "", "", "no header line: name the columns id, x"},
		{"only comments", "# a\n#b\n", "", "no header line: name the columns id, x"},
		{"a column is missing", "id,y\na,4\n", "", "column x is missing in the header"},
		{"all are", "a,4\nb,5\n", "", "columns id, x are missing in the header"},
		{"a column twice", "id,x,x\na,4,4\n", "", "column x stands twice in the header: leave one"},
		{"a header without end", "\"id,x\na,4\n", "", "the header has a quotation that does not end"},
		{"a line without end", "id,x\na,4\nb," + long + "\nc,4\n", "id,half,twice,error\na,2,8,\n", "line 3 has more than 65536 bytes: is this a CSV file?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			err := halving.run(strings.NewReader(tc.in), &out)
			if err == nil || err.Error() != tc.says || out.String() != tc.out {
				t.Errorf("%v\nwant %s\nafter:\n%s", err, tc.says, out.String())
			}
		})
	}
}

func TestBatchHasAnEnd(t *testing.T) {
	r := &rows{in: bufio.NewReader(strings.NewReader("a\n#\nb\nc\n")), most: 3}
	for _, want := range []string{"a", "b"} {
		if cells, err := r.next(); err != nil || cells[0] != want {
			t.Fatalf("%v, %v", cells, err)
		}
	}
	if cells, err := r.next(); err == nil || err.Error() != "more than 3 lines: split the file" {
		t.Errorf("a fourth line of three: %v, %v", cells, err)
	}
}

// TestBatchStreams: a row is answered before the next one is there.
func TestBatchStreams(t *testing.T) {
	in, rowsIn := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := halving.run(in, out)
		out.CloseWithError(err)
		done <- err
	}()
	read := bufio.NewReader(answers)
	for _, x := range []struct {
		in      string
		answers []string
	}{{"id,x\na,4\n", []string{"id,half,twice,error\n", "a,2,8,\n"}}, {"b,6\n", []string{"b,3,12,\n"}}} {
		if _, err := io.WriteString(rowsIn, x.in); err != nil {
			t.Fatal(err)
		}
		for _, want := range x.answers {
			if got, err := read.ReadString('\n'); err != nil || got != want {
				t.Fatalf("%q is answered %q, %v; want %q", x.in, got, err, want)
			}
		}
	}
	if err := rowsIn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// full is a disk that is.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestWhoseFault: a file that is no input is the user's, answers that cannot be written are nobody's.
func TestWhoseFault(t *testing.T) {
	var used error
	usage := func(err error) error {
		used = err
		return err
	}
	in := new(orificeInput)
	if err := runBatch(t.Context(), in, "-", strings.NewReader(strings.Join(orificeColumns, ",")+"\n"), full{}, usage); !errors.Is(err, errFull) || used != nil {
		t.Errorf("a full disk: %v, usage %v", err, used)
	}
	if err := runBatch(t.Context(), in, "-", strings.NewReader("case\n"), io.Discard, usage); err == nil || used == nil {
		t.Errorf("no columns: %v, usage %v", err, used)
	}
	used = nil
	if err := runBatch(t.Context(), in, "testdata/there-is-none.csv", nil, io.Discard, usage); err == nil || used == nil {
		t.Errorf("no file: %v, usage %v", err, used)
	}
}

// TestBatchIsInterrupted: a row that never comes does not keep the command from ending.
func TestBatchIsInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	silence, never := io.Pipe()
	defer never.Close()
	stop()
	usage := func(error) error { return errors.New("nobody's fault") }
	if err := runBatch(ctx, new(orificeInput), "-", silence, io.Discard, usage); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}

func TestErrorWord(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&quantity.RangeError{Quantity: "temperature"}, "temperature-range"},
		{&quantity.RangeError{Quantity: "gauge pressure"}, "pressure-range"},
		{fmt.Errorf("far away: %w", &quantity.RangeError{Quantity: "density at 60 F of crude"}), "density-range"},
		{&quantity.RangeError{Quantity: "expansion at 60 F"}, "expansion-range"},
		{&quantity.RangeError{Quantity: "patience"}, "range"},
		{liquid.ErrNoConvergence, "no-convergence"},
		{gas.ErrNoConvergence, "no-convergence"},
		{orifice.ErrNoConvergence, "no-convergence"},
		{gas.ErrUnstable, "unstable"},
		{liquid.ErrGroup, "group"},
		{liquid.ErrReference, "base"},
		{gross.ErrHydrocarbon, "composition"},
		{noNumber, "number"},
		{errors.New("something else"), "refused"},
	} {
		if got := errorWord(tc.err); got != tc.want {
			t.Errorf("%v is %q, want %q", tc.err, got, tc.want)
		}
	}
}

// FuzzBatch: whatever the file, each of its rows gets one line with as many cells as the header, or the file is refused.
func FuzzBatch(f *testing.F) {
	for _, s := range []string{
		"id,x\na,4\n", "\ufeffid,x\r\n\"a\"\"\",4\r\n", "id,x\n\"", "x,id,\n1,2\n", "#\n\nid,x\n,,,\n", "id,x\n\xff,\x00\n", "id,x,x\n", "id,x\na,\"1\"2\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var out strings.Builder
		if err := halving.run(strings.NewReader(in), &out); err != nil {
			return
		}
		asked, answered := rowsOf(t, in, 0), rowsOf(t, out.String(), 4)
		if asked != answered {
			t.Errorf("%q with %d rows is answered %q", in, asked, out.String())
		}
	})
}

// rowsOf counts the rows of a file, and checks how many cells each has.
func rowsOf(t *testing.T, file string, cells int) (n int) {
	r := &rows{in: bufio.NewReaderSize(strings.NewReader(file), maxLine), most: maxRows}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return n
		}
		if cells > 0 && (err != nil || len(row) != cells) {
			t.Fatalf("%q: %q, %v; want %d cells", file, row, err, cells)
		}
		n++
	}
}
