package sessionbus

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

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
