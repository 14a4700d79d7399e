package bench

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/cloud/lineage/graph/graphtest"
)

// lots is the history of some years of a common stream.
const lots = 1_000_000

// history is that history, and what SQLite made of it: once for all benchmarks.
var history = sync.OnceValues(func() (h measured, err error) {
	if h.graph, err = graphtest.Large(lots); err != nil {
		return h, err
	}
	h.newest = graph.Lot(h.graph.Lots() - 1)
	h.ancestors, h.took, err = recursive(h.graph, h.newest)
	return h, err
})

// measured is a history in which SQLite took a time to find how many lots are above the newest.
type measured struct {
	graph     *graph.Graph
	newest    graph.Lot
	ancestors int
	took      time.Duration
}

// BenchmarkTrace finds the exact shares of all sources in a lot with a million ancestors and three million edges. x-sqlite is how
// many times as long SQLite takes, in the same run, over the same edges in memory, to list those ancestors alone, without a share:
// a recursive query that carried amounts would walk every path, of which there are more than can be counted.
func BenchmarkTrace(b *testing.B) {
	h, err := history()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		t, err := h.graph.Back(graph.Share{Lot: h.newest, Volume: h.graph.Volume(h.newest)})
		if err != nil {
			b.Fatal(err)
		}
		if t.Passed != h.ancestors {
			b.Fatalf("%d lots traced, SQLite finds %d", t.Passed, h.ancestors)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(h.ancestors), "ancestors")
	b.ReportMetric(float64(h.graph.Edges()), "edges")
	b.ReportMetric(h.took.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "x-sqlite")
}

// recursive puts the edges into SQLite and returns how many lots the recursive query finds above one, and how long it takes.
func recursive(g *graph.Graph, of graph.Lot) (ancestors int, took time.Duration, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if err := edgesTable(db, g); err != nil {
		return 0, 0, err
	}
	const query = `WITH RECURSIVE above(lot) AS (SELECT ? UNION SELECT parent FROM edge JOIN above USING (lot)) SELECT count(*) FROM above`
	begin := time.Now()
	err = db.QueryRow(query, int64(of)).Scan(&ancestors)
	return ancestors, time.Since(begin), err
}

// edgesTable makes a table of the edges.
func edgesTable(db *sql.DB, g *graph.Graph) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("CREATE TABLE edge (lot INTEGER, parent INTEGER, volume INTEGER, PRIMARY KEY (lot, parent)) WITHOUT ROWID"); err != nil {
		return err
	}
	insert, err := tx.Prepare("INSERT INTO edge VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for n := range g.Lots() {
		for _, e := range g.Made(graph.Lot(n)) {
			if _, err := insert.Exec(n, int64(e.From), int64(e.Volume)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
