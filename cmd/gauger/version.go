package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/record"
)

// version is set when a release is built.
var version = "development"

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version and the SHA-256 of this program", Args: noArgs,
		Example: "  gauger version",
		RunE: func(c *cobra.Command, _ []string) error {
			hash, err := ownHash()
			if err != nil {
				return err
			}
			goVersion := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			fmt.Fprintf(c.OutOrStdout(), "gauger %s\nsha256 %s\n%s\n", version, hash, goVersion)
			return nil
		},
	}
}

// ownHash returns the SHA-256 of the running program, which statements name.
func ownHash() (record.Hash, error) {
	path, err := os.Executable()
	if err != nil {
		return record.Hash{}, fmt.Errorf("find the running program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return record.Hash{}, fmt.Errorf("read the running program: %w", err)
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return record.Hash(h.Sum(nil)), errors.Join(err, f.Close())
}
