package keystore

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// newKey returns a fresh key's PEM; a key costs about 0.2 s, so tests make few.
func newKey(t *testing.T) []byte {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, MinBits)
	if err != nil {
		t.Fatal(err)
	}
	return pkcs8(t, k)
}

func pkcs8(t *testing.T, k any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signer(s *Store) string {
	kid, _ := s.Signer()
	return kid
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "keys")
	if _, err := Open(dir); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), dir) {
		t.Errorf("missing folder: %v, want ErrEmpty that names it", err)
	}
	first, err := Generate(dir, MinBits)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Generate(dir, MinBits)
	if err != nil {
		t.Fatal(err)
	}

	s := open(t, dir)
	kid, private := s.Signer()
	public, ok := s.PublicKey(kid)
	if kid != second || !ok || !private.PublicKey.Equal(public) || public.N.BitLen() != MinBits {
		t.Errorf("signer %s, want the newest, %s, and its public key", kid, second)
	}
	if all := s.PublicKeys(); len(all) != 2 || all[0].ID != first || all[1].ID != second {
		t.Errorf("public keys %v, want %s, %s", all, first, second)
	}
	if _, ok := s.PublicKey("../" + kid); ok {
		t.Error("a path was taken as a kid")
	}

	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, first+".pem"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", path, info.Mode(), err, want)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("temporary files stay behind: %v", files)
	}
	for _, bits := range []int{0, 1024, 16384} {
		if _, err := Generate(dir, bits); err == nil {
			t.Errorf("a key of %d bits was made", bits)
		}
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	good := newKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(good)
	for name, c := range map[string]struct {
		file string
		b    []byte
	}{
		"empty":       {"k.pem", nil},
		"not PEM":     {"k.pem", []byte("top secret")},
		"truncated":   {"k.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes[:600]})},
		"mislabelled": {"k.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: block.Bytes})},
		"two keys":    {"k.pem", append(bytes.Clone(good), good...)},
		"elliptic":    {"k.pem", pkcs8(t, ec)},
		"too small":   {"k.pem", pkcs8(t, small)},
		"too large":   {"k.pem", append(bytes.Clone(good), bytes.Repeat([]byte("\n"), maxFile)...)},
		"kid":         {"a key.pem", good},
		"long kid":    {strings.Repeat("k", 65) + ".pem", good},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "good.pem", good)
			s := open(t, dir)
			write(t, dir, c.file, c.b)
			err := s.Reload()
			if err == nil || !strings.Contains(err.Error(), c.file) {
				t.Fatalf("error %v, want one that names %s", err, c.file)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows what is in the file: %v", err)
			}
			if signer(s) != "good" || len(s.PublicKeys()) != 1 {
				t.Errorf("a failed reload changed the keys: %v", s.PublicKeys())
			}
			if err := Retire(dir, "good"); err == nil {
				t.Error("the only good key was retired")
			}
		})
	}

	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "k.pem"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "k.pem") {
			t.Errorf("got %v", err)
		}
	})
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k, err := rsa.GenerateKey(rand.Reader, MinBits)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "pkcs1.pem",
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}))
	for _, name := range []string{"README", "k.pem.bak", ".new-1", ".hidden.pem"} {
		write(t, dir, name, []byte("not a key"))
	}
	if kid := signer(open(t, dir)); kid != "pkcs1" {
		t.Errorf("signer %s", kid)
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newKey(t)
	write(t, dir, "a.pem", b)
	write(t, dir, "b.pem", b)
	s := open(t, dir)
	if err := Retire(dir, "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown: %v", err)
	}
	if err := Retire(filepath.Join(dir, "sub"), "../a"); err == nil {
		t.Error("a path was taken as a kid")
	}
	if err := Retire(dir, "b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.PublicKey("b"); ok || signer(s) != "a" {
		t.Error("the retired key is still there")
	}
	if err := Retire(dir, "a"); !errors.Is(err, ErrLast) {
		t.Errorf("last: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "a.pem")); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); !errors.Is(err, ErrEmpty) || signer(s) != "a" {
		t.Errorf("emptied: %v, signer %s; want ErrEmpty and the former key", err, signer(s))
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newKey(t)
	write(t, dir, "a.pem", b)
	write(t, dir, "b.pem", b)
	s := open(t, dir)
	s.Settle = time.Hour
	if signer(s) != "a" {
		t.Error("all are new: the oldest should sign")
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{"a.pem", "b.pem"} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir)
	s.Settle = time.Hour
	write(t, dir, "c.pem", b)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.PublicKey("c"); !ok || signer(s) != "b" {
		t.Errorf("a new key should verify (%v) and not sign (%s)", ok, signer(s))
	}
}

// mounted is a folder as the kubelet keeps it: files are links through ..data, which is replaced in one rename.
type mounted string

func (m mounted) version(t *testing.T, name string, files map[string][]byte) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(string(m), name), 0o700); err != nil {
		t.Fatal(err)
	}
	for f, b := range files {
		write(t, filepath.Join(string(m), name), f, b)
	}
	if err := errors.Join(os.Symlink(name, filepath.Join(string(m), "..tmp")),
		os.Rename(filepath.Join(string(m), "..tmp"), filepath.Join(string(m), "..data"))); err != nil {
		t.Fatal(err)
	}
}

func (m mounted) link(t *testing.T, f string) {
	t.Helper()
	if err := os.Symlink(filepath.Join("..data", f), filepath.Join(string(m), f)); err != nil {
		t.Fatal(err)
	}
}

// TestWatch swaps the folder as the kubelet does.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := mounted(t.TempDir())
	one, two := newKey(t), newKey(t)
	dir.version(t, "..1", map[string][]byte{"a.pem": one})
	dir.link(t, "a.pem")

	s := open(t, string(dir))
	var out lockedBuffer
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Watch(ctx, time.Millisecond, slog.New(slog.NewTextHandler(&out, nil)))
	}()
	until := func(what string, ok func() bool) {
		t.Helper()
		for range 5000 {
			if ok() {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("%s did not happen; log:\n%s", what, out.String())
	}

	dir.version(t, "..2", map[string][]byte{"a.pem": one, "b.pem": two})
	dir.link(t, "b.pem")
	until("the new key", func() bool { return signer(s) == "b" })

	before, _ := s.PublicKey("b")
	dir.version(t, "..3", map[string][]byte{"a.pem": one, "b.pem": one})
	until("the changed key", func() bool { now, _ := s.PublicKey("b"); return !now.Equal(before) })

	dir.version(t, "..4", map[string][]byte{"a.pem": one, "b.pem": []byte("broken")})
	until("the error", func() bool {
		return strings.Contains(out.String(), "b.pem") && strings.Contains(out.String(), "level=ERROR")
	})
	time.Sleep(20 * time.Millisecond)
	if n := strings.Count(out.String(), "level=ERROR"); n != 1 {
		t.Errorf("one broken file logged %d times", n)
	}

	cancel()
	<-done
}

// TestConcurrent is for the race detector: a reader finds a whole set at every moment.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newKey(t)
	write(t, dir, "a.pem", b)
	s := open(t, dir)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				kid, private := s.Signer()
				if kid == "" || private == nil || len(s.PublicKeys()) == 0 {
					t.Error("a half-made set was seen")
					return
				}
				s.PublicKey(kid)
			}
		})
	}
	for range 10 {
		write(t, dir, "b.pem", b)
		_ = s.Reload()
		_ = os.Remove(filepath.Join(dir, "b.pem"))
		_ = s.Reload()
	}
	close(stop)
	wg.Wait()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
