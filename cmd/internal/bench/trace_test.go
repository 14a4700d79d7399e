package bench

import (
	"database/sql"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/cloud/lineage/graph/graphtest"
)

// lots is the history of some years of a common stream.
const lots = 1_000_000

// BenchmarkTrace finds the exact shares of all sources in a lot with a million ancestors and three million edges. x-sqlite is how
// many times as long SQLite takes, in the same run, over the same edges in memory, to list those ancestors alone, without a share:
// a recursive query that carried amounts would walk every path, of which there are more than can be counted.
func BenchmarkTrace(b *testing.B) {
	g, err := graphtest.Large(lots)
	if err != nil {
		b.Fatal(err)
	}
	newest := graph.Lot(g.Lots() - 1)
	ancestors, took := recursive(b, g, newest)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		t, err := g.Back(newest, g.Volume(newest))
		if err != nil {
			b.Fatal(err)
		}
		if t.Passed != ancestors {
			b.Fatalf("%d lots traced, SQLite finds %d", t.Passed, ancestors)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(ancestors), "ancestors")
	b.ReportMetric(float64(g.Edges()), "edges")
	b.ReportMetric(took.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "x-sqlite")
}

// recursive puts the edges into SQLite and returns how many lots the recursive query finds above one, and how long it takes.
func recursive(b *testing.B, g *graph.Graph, of graph.Lot) (ancestors int, took time.Duration) {
	b.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec("CREATE TABLE edge (lot INTEGER, parent INTEGER, volume INTEGER, PRIMARY KEY (lot, parent)) WITHOUT ROWID"); err != nil {
		b.Fatal(err)
	}
	insert, err := tx.Prepare("INSERT INTO edge VALUES (?, ?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	for n := range g.Lots() {
		for _, e := range g.Made(graph.Lot(n)) {
			if _, err := insert.Exec(n, int64(e.From), int64(e.Volume)); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	const query = `WITH RECURSIVE above(lot) AS (SELECT ? UNION SELECT parent FROM edge JOIN above USING (lot)) SELECT count(*) FROM above`
	begin := time.Now()
	if err := db.QueryRow(query, int64(of)).Scan(&ancestors); err != nil {
		b.Fatal(err)
	}
	return ancestors, time.Since(begin)
}
