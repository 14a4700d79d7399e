//go:build !unix

package durable

import (
	"errors"
	"os"
)

// lockFile refuses, since two processes on one journal would destroy it.
func lockFile(*os.File) error {
	return errors.New("file locks are not implemented on this system: use Linux or another Unix")
}
