package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// grid is a table for people: a heading and rows.
type grid [][]string

// print prints a grid under a title, without columns in which no row says anything. A grid without rows is not printed.
func (g grid) print(b *bytes.Buffer, title string) {
	if len(g) == 1 {
		return
	}
	fmt.Fprintln(b, title)
	out := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range g {
		line := ""
		for i, cell := range row {
			if slices.ContainsFunc(g[1:], func(r []string) bool { return r[i] != "" }) {
				line += "\t" + cell
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line, "\t"))
	}
	_ = out.Flush() // a buffer takes all
}
