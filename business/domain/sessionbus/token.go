package sessionbus

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// tokenBytes is 256 bits, far beyond guessing (OWASP ASVS 5.0, 7.2.3 asks for 128).
const tokenBytes = 32

func newToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashToken needs no salt and no slow function: the token is random.
func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// seal hides the successor of a token from all but the bearer of the token.
func seal(token, successor string) ([]byte, error) {
	aead, err := sealer(token)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, []byte(successor), nil), nil //nolint:gosec // it makes its nonce itself
}

func unseal(token string, sealed []byte) (string, error) {
	aead, err := sealer(token)
	if err != nil {
		return "", err
	}
	b, err := aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return "", fmt.Errorf("refresh token: %w", err)
	}
	return string(b), nil
}

func sealer(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "refresh token successor", 32)
	if err != nil {
		return nil, fmt.Errorf("refresh token: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("refresh token: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
