package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCache asks the system to forget the clean pages of f.
func dropCache(f *os.File) error {
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
