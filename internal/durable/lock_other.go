//go:build !unix

package durable

import (
	"errors"
	"os"
)

// lockFile refuses, since two processes on one journal would destroy it.
func lockFile(*os.File) error {
	return errors.New("this system has no file locks that keep other processes out: use Linux or another Unix")
}
