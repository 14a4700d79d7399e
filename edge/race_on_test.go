//go:build race

package edge

// Under the race detector, which makes everything many times slower, the walks over all crashes only look for races.
const (
	stride = 9    // of the walks over operations
	checks = "15" // of each property
)
