// Package keystore reads RSA signing keys from a folder: one PEM file `<kid>.pem` for each private key.
//
// A kid is 1 to 64 of A–Z a–z 0–9 - _, so that it can never be a path. Generate takes UUIDv7s, and the last file by
// name is the newest key. Names that begin with a dot or do not end in .pem are ignored, which suits the symbolic links
// of a mounted Kubernetes secret. Errors name the file and never what is in it.
package keystore

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// MinBits and MaxBits bound the size of a key: NIST SP 800-131A allows none shorter, and longer ones only cost time.
const (
	MinBits = 2048
	MaxBits = 8192

	maxFile = 64 << 10
)

// ErrEmpty says that the folder has no key, or does not exist.
var ErrEmpty = errors.New("no key (*.pem)")

// PublicKey is a key as others may see it.
type PublicKey struct {
	ID  string
	Key *rsa.PublicKey
}

// Store holds at least one key. It is safe for concurrent use; looking a key up takes no lock.
type Store struct {
	// Settle is how long a new key, by the time of its file, only verifies before it signs, so that every replica knows it
	// first; set it before use. With zero a key signs from the Reload that finds it. When all keys are that new, the
	// oldest signs.
	Settle time.Duration

	dir string
	mu  sync.Mutex // one reload at a time
	set atomic.Pointer[set]
}

type set struct {
	keys   []key // oldest first
	public map[string]*rsa.PublicKey
}

type key struct {
	id      string
	private *rsa.PrivateKey
	written time.Time
}

// Open reads the keys of dir. The error wraps ErrEmpty when there are none.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Signer is the newest key that has settled.
func (s *Store) Signer() (kid string, private *rsa.PrivateKey) {
	keys := s.set.Load().keys
	for _, k := range slices.Backward(keys) {
		if time.Since(k.written) >= s.Settle {
			return k.id, k.private
		}
	}
	return keys[0].id, keys[0].private
}

// PublicKey is the public half of a key, if the store has it.
func (s *Store) PublicKey(kid string) (*rsa.PublicKey, bool) {
	k, ok := s.set.Load().public[kid]
	return k, ok
}

// PublicKeys are all keys, the oldest first.
func (s *Store) PublicKeys() []PublicKey {
	var out []PublicKey
	for _, k := range s.set.Load().keys {
		out = append(out, PublicKey{ID: k.id, Key: &k.private.PublicKey})
	}
	return out
}

// Reload reads the folder again. All or nothing: on an error, or when no key is left, the store stays as it was.
func (s *Store) Reload() error {
	_, err := s.reload()
	return err
}

func (s *Store) reload() (changed bool, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := load(s.dir)
	if err != nil {
		return false, err
	}
	if old := s.set.Load(); old != nil && slices.EqualFunc(old.keys, keys, func(a, b key) bool {
		return a.id == b.id && a.private.Equal(b.private)
	}) {
		return false, nil
	}
	next := set{keys: keys, public: make(map[string]*rsa.PublicKey, len(keys))}
	for _, k := range keys {
		next.public[k.id] = &k.private.PublicKey
	}
	s.set.Store(&next)
	return true, nil
}

// Watch reloads every interval until ctx is done, and logs what changed and each new error once. It reads the folder
// rather than ask the system for events: those miss network file systems and the swapped links of Kubernetes.
func (s *Store) Watch(ctx context.Context, interval time.Duration, log *slog.Logger) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var last string
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := s.reload()
		switch {
		case err != nil:
			if err.Error() != last {
				log.ErrorContext(ctx, "keys not reloaded, the former ones stay", "error", err)
			}
			last = err.Error()
			continue
		case changed:
			var ids []string
			for _, k := range s.PublicKeys() {
				ids = append(ids, k.ID)
			}
			log.InfoContext(ctx, "keys reloaded", "kids", ids)
		}
		last = ""
	}
}

func load(dir string) ([]key, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keystore: %w", err)
	}
	var keys []key
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".pem")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		k, err := read(path, id)
		if err != nil {
			return nil, fmt.Errorf("keystore: %s: %w", path, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("keystore: %s: %w", dir, ErrEmpty)
	}
	return keys, nil
}

var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

var errID = errors.New("a kid is 1 to 64 of A-Z a-z 0-9 - _")

func read(path, id string) (key, error) {
	if !validID.MatchString(id) {
		return key{}, errID
	}
	info, err := os.Stat(path) // before opening, which waits on a named pipe
	switch {
	case err != nil:
		return key{}, err
	case !info.Mode().IsRegular():
		return key{}, errors.New("not a file")
	case info.Size() > maxFile:
		return key{}, errors.New("larger than 64 KiB")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return key{}, err
	}
	private, err := parse(b)
	return key{id, private, info.ModTime()}, err
}

// parse takes PKCS#8 and PKCS#1. Both parsers of x509 check the key's arithmetic.
func parse(b []byte) (*rsa.PrivateKey, error) {
	block, rest := pem.Decode(b)
	if block == nil || len(bytes.TrimSpace(rest)) != 0 {
		return nil, errors.New("not exactly one PEM block")
	}
	var parsed any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, errors.New("not a private key in PKCS#8 or PKCS#1")
	}
	if err != nil {
		return nil, err
	}
	k, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%T is not RSA", parsed)
	}
	return k, checkBits(k.N.BitLen())
}

func checkBits(bits int) error {
	if bits < MinBits || bits > MaxBits {
		return fmt.Errorf("%d bits, not %d to %d", bits, MinBits, MaxBits)
	}
	return nil
}
