//go:build !race

package bundle_test

// stride is the step of the walk over all bytes: none is left out.
const stride = 1
