// Package housekeeping has no code, only tests: they hold the whole tree to the rules that make it a house instead of a heap. Who
// may import whom, who may ask for the time, what is documented, how long things may get, and that what the documents say is
// there is there. They read files, run nothing and reach no network.
package housekeeping
