package openapi

import (
	"crypto/sha256"
	"encoding/binary"
)

// NewID makes ten lower-case letters and digits from seed: the same seed gives
// the same id in every run and on every machine.
func NewID(seed ...string) string {
	h := sha256.New()
	for _, s := range seed {
		var length [8]byte // so that ("a", "bc") and ("ab", "c") differ
		binary.BigEndian.PutUint64(length[:], uint64(len(s)))
		h.Write(length[:])
		h.Write([]byte(s))
	}
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	n := binary.BigEndian.Uint64(h.Sum(nil))
	var id [10]byte
	for i := range id {
		id[i] = digits[n%uint64(len(digits))]
		n /= uint64(len(digits))
	}
	return string(id[:])
}
