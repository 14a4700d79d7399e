package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path/filepath"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/durable"
)

// Cache is a file with something that was worked out from the papers, so that it need not be worked out again. It may be deleted at
// any time, and is never trusted over the papers:
//
//	magic     "GAUGTRL" and version 1 (8 bytes)
//	basis     SHA-256(chain of the head || SHA-256 of the program): what it was worked out from, and by what (32)
//	checksum  CRC-32C of basis and content, little-endian (4)
//	content   the rest
//
// A file of another basis, or one that does not agree with its checksum, is as good as none. The checksum is against
// damage, not malice: whoever can write the file can write the papers too. Holding it against the books anew is what finds that.
type Cache struct {
	fs      durable.FS
	path    string
	program record.Hash
}

// NewCache returns the cache in a directory, of a program by its SHA-256: another one may work the same papers out otherwise. One
// process at a time may save it.
func NewCache(fsys durable.FS, dir string, program record.Hash) *Cache {
	return &Cache{fsys, filepath.Join(dir, "trails.cache"), program}
}

func (c *Cache) basis(head Head) record.Hash {
	return sha256.Sum256(append(head.Chain[:], c.program[:]...))
}

// ErrNoCache reports that there is no cache of the papers asked for.
var ErrNoCache = errors.New("nothing is cached on what the store holds now")

const (
	cacheMagic  = "GAUGTRL\x01"
	cacheHeader = len(cacheMagic) + len(record.Hash{}) + crc32.Size
	// maxCache bounds the file: about thirty million holdings.
	maxCache = 4 << 30
)

// Path returns the file's name.
func (c *Cache) Path() string { return c.path }

// Save replaces the file by what appendTo appends to the bytes that it is given, worked out from the papers up to the head
// that it returns. A crash leaves the old file or the new one, or none.
func (c *Cache) Save(appendTo func([]byte) ([]byte, Head, error)) error {
	b, head, err := appendTo(make([]byte, cacheHeader))
	if err != nil {
		return err
	}
	if len(b) > maxCache {
		return fmt.Errorf("cache %s: %d bytes are more than its limit of %d: traces wait for the books instead", c.path, len(b), maxCache)
	}
	basis := c.basis(head)
	copy(b, cacheMagic)
	copy(b[len(cacheMagic):], basis[:])
	binary.LittleEndian.PutUint32(b[cacheHeader-crc32.Size:], checksum(basis, b[cacheHeader:]))
	return durable.WriteFile(c.fs, c.path, b, 0o644)
}

// Load returns the content that was worked out from the papers up to a head. The error wraps ErrNoCache when there is none, and
// says what is wrong with a file that is damaged.
func (c *Cache) Load(head Head) ([]byte, error) {
	basis := c.basis(head)
	b, err := durable.ReadFile(c.fs, c.path, maxCache)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoCache
	}
	if err != nil {
		return nil, err
	}
	if len(b) < cacheHeader || string(b[:len(cacheMagic)]) != cacheMagic {
		return nil, fmt.Errorf("%s is no cache of this program: %w", c.path, ErrNoCache)
	}
	said := b[len(cacheMagic):cacheHeader]
	if !bytes.Equal(said[:len(basis)], basis[:]) {
		return nil, ErrNoCache
	}
	content := b[cacheHeader:]
	if checksum(basis, content) != binary.LittleEndian.Uint32(said[len(basis):]) {
		return nil, fmt.Errorf("cache %s is damaged, its checksum is another: delete it", c.path)
	}
	return content, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(basis record.Hash, content []byte) uint32 {
	return crc32.Update(crc32.Checksum(basis[:], castagnoli), castagnoli, content)
}
