package keystore

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"
)

// ErrLast says that a folder's only key cannot be retired.
var ErrLast = errors.New("the last key stays")

// Generate writes a new key of that many bits into dir, which it makes when missing (mode 0700), as PKCS#8 (mode 0600).
// The file appears whole or not at all.
func Generate(dir string, bits int) (kid string, err error) {
	if err := checkBits(bits); err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	path := filepath.Join(dir, id.String()+".pem")
	if err := writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return "", fmt.Errorf("keystore: %w", err)
	}
	return id.String(), nil
}

// writeFile goes by way of a temporary file, which CreateTemp makes with mode 0600 and load ignores for its dot.
func writeFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Retire removes a key's file from dir; what the key signed is no longer good once the stores have reloaded. The error
// wraps fs.ErrNotExist for an unknown key and ErrLast for the only one. Two processes that retire at once are not kept
// apart.
func Retire(dir, kid string) error {
	if !validID.MatchString(kid) {
		return fmt.Errorf("keystore: %w", errID)
	}
	keys, err := load(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, kid+".pem")
	if !slices.ContainsFunc(keys, func(k key) bool { return k.id == kid }) {
		return fmt.Errorf("keystore: %s: %w", path, fs.ErrNotExist)
	}
	if len(keys) == 1 {
		return fmt.Errorf("keystore: %s: %w", path, ErrLast)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("keystore: %w", err)
	}
	return nil
}
