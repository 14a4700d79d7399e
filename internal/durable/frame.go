package durable

import (
	"encoding/binary"
	"hash/crc32"
)

// A segment file is a header and frames:
//
//	header  magic "GAUGLOG" and version 1 (8 bytes), index of the first entry
//	        (8), CRC-32C of these 16 bytes (4)
//	frame   length (4), synced (4), CRC-32C (4), payload (length bytes)
//	mark    a frame with length 0x80000000 and no payload
//
// Numbers are little-endian. The CRC of a frame covers the index of the segment's
// first entry, the frame's offset in the file, length, synced and
// payload, so a frame is good in its own place only. synced is an offset
// in the same file: all bytes before it were on the disk when the frame was
// written. It tells a torn write from damage: a bad frame before some good
// frame's synced was good once. A mark is written after each sync, without one of its own,
// to vouch for what that sync saved; it carries no entry and has no index.
const (
	headerSize = 20
	frameSize  = 12
	markLength = 1 << 31
	// maxEntry is the largest entry the format allows, in bytes.
	maxEntry = 16 << 20
	// maxSegmentBytes is the largest LogOptions.SegmentBytes; a file may exceed it
	// by what one Sync writes.
	maxSegmentBytes = 256 << 20
	maxFile         = maxSegmentBytes + maxUnsynced + maxUnsyncedEntries*frameSize + 1<<20
)

const magic = "GAUGLOG\x01"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one decoded frame.
type frame struct {
	payload []byte // nil for a mark
	synced  uint32
	size    int // in the file
}

func appendHeader(b []byte, base uint64) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint64(b, base)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// parseHeader returns the index of the first entry.
func parseHeader(data []byte) (base uint64, ok bool) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return 0, false
	}
	sum := binary.LittleEndian.Uint32(data[16:])
	return binary.LittleEndian.Uint64(data[8:]), sum == crc32.Checksum(data[:16], castagnoli)
}

// appendFrame adds a frame whose place in the file of segment base is offset; a
// nil payload makes a mark.
func appendFrame(b []byte, base uint64, offset, synced uint32, payload []byte) []byte {
	length := uint32(len(payload))
	if payload == nil {
		length = markLength
	}
	b = binary.LittleEndian.AppendUint32(b, length)
	b = binary.LittleEndian.AppendUint32(b, synced)
	b = binary.LittleEndian.AppendUint32(b, checksum(base, offset, length, synced, payload))
	return append(b, payload...)
}

// parseFrame decodes the frame that rest begins with, which lies at offset in the
// file of segment base; ok is false when there is no good frame.
func parseFrame(rest []byte, base uint64, offset int64) (f frame, ok bool) {
	size := frameLength(rest)
	if size == 0 || size > len(rest) {
		return f, false
	}
	f.size = size
	f.synced = binary.LittleEndian.Uint32(rest[4:])
	if int64(f.synced) > offset {
		return f, false
	}
	if size > frameSize {
		f.payload = rest[frameSize:size]
	}
	sum := checksum(base, uint32(offset), binary.LittleEndian.Uint32(rest), f.synced, f.payload)
	return f, sum == binary.LittleEndian.Uint32(rest[8:])
}

// frameLength returns the size in the file of the frame that rest begins with, by
// its own account, or 0 when no frame begins like that.
func frameLength(rest []byte) int {
	if len(rest) < frameSize {
		return 0
	}
	length := binary.LittleEndian.Uint32(rest)
	switch {
	case length == markLength:
		return frameSize
	case length == 0 || length > maxEntry:
		return 0
	}
	return frameSize + int(length)
}

func checksum(base uint64, offset, length, synced uint32, payload []byte) uint32 {
	var b [20]byte
	binary.LittleEndian.PutUint64(b[0:], base)
	binary.LittleEndian.PutUint32(b[8:], offset)
	binary.LittleEndian.PutUint32(b[12:], length)
	binary.LittleEndian.PutUint32(b[16:], synced)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, payload)
}
