//go:build !linux

package durable

import "os"

// dropCache does nothing where there is no portable way to do it.
func dropCache(*os.File) error { return nil }
