package secret

import (
	"crypto/rand"
	"hash/crc32"
	"math/big"
	"strings"
)

// KeyPrefix is how every API key begins, by which secret scanners know it; the whole is gs_[0-9A-Za-z]{49}.
const KeyPrefix = "gs_"

// A key is the prefix, 256 random bits and the CRC-32 (IEEE) of all before, each in base 62, padded with 0: as those
// of GitHub a scanner tells it from what only looks like one, without asking.
const (
	randomLen = 43 // digits of 256 bits
	sumLen    = 6  // digits of 32 bits
	keyLen    = len(KeyPrefix) + randomLen + sumLen
)

// NewKey is another API key each time.
func NewKey() string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	text := KeyPrefix + base62(new(big.Int).SetBytes(b), randomLen)
	return text + checksum(text)
}

// IsKey tells whether a text could be an API key, so that nobody looks for what is none.
func IsKey(s string) bool {
	return len(s) == keyLen && strings.HasPrefix(s, KeyPrefix) && s[keyLen-sumLen:] == checksum(s[:keyLen-sumLen])
}

func checksum(text string) string {
	return base62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(text)))), sumLen)
}

func base62(n *big.Int, digits int) string {
	text := n.Text(62)
	return strings.Repeat("0", digits-len(text)) + text
}
