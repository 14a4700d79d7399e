//go:build race

package store_test

// flips is the number of bits that are changed: under the race detector, which makes everything many times slower, the test only
// looks for races.
const flips = 10
