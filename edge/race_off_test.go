//go:build !race

package edge

const (
	stride = 1     // of the walks over operations
	checks = "100" // of each property
)
