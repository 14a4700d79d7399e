//go:build !race

package store_test

// flips is the number of bits that are changed.
const flips = 100
