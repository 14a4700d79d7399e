//go:build race

package bundle_test

// stride is the step of the walk over all bytes: under the race detector, which makes everything many times slower, the walk
// only looks for races.
const stride = 37
