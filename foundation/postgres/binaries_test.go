package postgres

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/garagesale/service/foundation/testenv"
)

func TestFind(t *testing.T) {
	t.Parallel()
	dir, err := Find()
	if errors.Is(err, ErrNoBinaries) {
		testenv.Lacks(t, "this machine has no PostgreSQL")
	}
	check(t, err)
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	check(t, err)
	if !versionPattern.Match(out) {
		t.Errorf("%s holds %q", dir, out)
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	got := newestFirst([]string{"/p/9.6/bin", "/p/15/bin", "/p/postgresql@9/bin", "/p/postgresql@17/bin", "/p/10/bin"})
	want := []string{"/p/postgresql@17/bin", "/p/15/bin", "/p/10/bin", "/p/9.6/bin", "/p/postgresql@9/bin"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBinariesLacking(t *testing.T) {
	t.Parallel()
	bin := tempDir(t)
	_, err := Start(t.Context(), Config{Dir: newDir(t), Binaries: bin})
	if err == nil || !strings.Contains(err.Error(), bin) {
		t.Errorf("got %v, want a word on the folder", err)
	}
}

// fakeBinaries makes a folder that passes for one of binaries.
func fakeBinaries(t *testing.T, dir, text string) string {
	t.Helper()
	check(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"initdb", "postgres"} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	return dir
}

func findNone() (string, error) {
	return "", ErrNoBinaries
}

func TestNoBinaries(t *testing.T) {
	t.Parallel()
	repo := httptest.NewServer(http.NotFoundHandler())
	defer repo.Close()
	dir := newDir(t)
	_, err := Start(t.Context(), Config{Dir: dir, DownloadURL: repo.URL, find: findNone, cache: tempDir(t)})
	if !errors.Is(err, ErrNoBinaries) {
		t.Fatalf("got %v, want ErrNoBinaries", err)
	}
	for _, want := range []string{"apt-get install postgresql", "brew install postgresql", "already running",
		"no version found"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if exists(dir) {
		t.Error("the folder was made all the same")
	}
}

// repository serves an archive of some of root's files as a Maven repository does, and counts the downloads.
func repository(t *testing.T, root string, names ...string) (url string, served *atomic.Int32) {
	t.Helper()
	testenv.Needs(t, "tar", "xz")
	tar := exec.Command("tar", append([]string{"-chf", "-", "-C", root}, names...)...)
	xz := exec.Command("xz", "-0")
	var err error
	xz.Stdin, err = tar.StdoutPipe()
	check(t, err)
	check(t, tar.Start())
	txz, err := xz.Output()
	check(t, err)
	check(t, tar.Wait())

	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	f, err := z.CreateHeader(&zip.FileHeader{Name: "postgres.txz", Method: zip.Store})
	check(t, err)
	_, err = f.Write(txz)
	check(t, err)
	check(t, z.Close())

	served = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/maven/io/zonky/test/postgres/") || !strings.HasSuffix(r.URL.Path, ".jar") {
			http.NotFound(w, r)
			return
		}
		served.Add(1)
		_, _ = w.Write(jar.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL + "/maven/", served
}

func TestDownload(t *testing.T) {
	t.Parallel()
	bin, err := Find()
	if err != nil {
		testenv.Lacks(t, "this machine has no PostgreSQL to make an archive of")
	}
	root := filepath.Dir(bin)
	names := []string{"bin/initdb", "bin/postgres"}
	// What it looks for beside its bin, if it was built to find it there; the rest would only take time.
	for _, pattern := range []string{"lib/dict_snowball.*", "lib/plpgsql.*", "lib/postgresql*", "share"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		check(t, err)
		for _, path := range found {
			name, err := filepath.Rel(root, path)
			check(t, err)
			names = append(names, name)
		}
	}
	url, served := repository(t, root, names...)

	cache := tempDir(t)
	check(t, os.MkdirAll(filepath.Join(cache, "embedded-postgres", "new-1"), 0o755)) // an interrupted download
	for range 2 {
		s := run(t, Config{Dir: newDir(t), Ephemeral: true, DownloadURL: url, find: findNone, cache: cache})
		link := fmt.Sprintf("/proc/%d/exe", s.PID())
		if exe, err := os.Readlink(link); err == nil && !strings.HasPrefix(exe, cache) {
			t.Errorf("the server runs from %s, want it from %s", exe, cache)
		}
		stop(t, s)
	}
	if served.Load() != 1 {
		t.Errorf("downloaded %d times, want once", served.Load())
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "embedded-postgres", "new-*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// The library would start a server of its own.
func TestDownloadRunsNothing(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	ran := filepath.Join(root, "ran")
	fakeBinaries(t, filepath.Join(root, "bin"), "#!/bin/sh\ntouch "+ran)
	url, _ := repository(t, root, "bin")
	bin, err := download(t.Context(), Config{DownloadURL: url, cache: tempDir(t)})
	check(t, err)
	if !hasServer(bin) {
		t.Errorf("%s does not hold the binaries", bin)
	}
	if exists(ran) {
		t.Error("they were run")
	}
}
