package tilelog

// SetFree says how many bytes the disk has free. The log must not be appending.
func (l *Log) SetFree(bytes uint64) { l.free = func() (uint64, error) { return bytes, nil } }

// SetSync says how syncing the names in the folder ends. The log must not be appending.
func (l *Log) SetSync(err error) { l.names = func() error { return err } }
