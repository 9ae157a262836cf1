// Package secret makes what whoever bears it is known by: refresh tokens, the links in mails, API keys.
package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// size is 256 bits, far beyond guessing (OWASP ASVS 5.0, 7.2.3 asks for 128).
const size = 32

// New is another secret each time, 43 characters of base64url.
func New() string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Hash is what is kept of a secret. It needs no salt and no slow function: the secret is random.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
