package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// ErrNoBinaries is returned by Find, and wrapped by Start's error, if there is no PostgreSQL to run. Its text names the
// ways out.
var ErrNoBinaries = errors.New("no PostgreSQL was found on this machine: install it " +
	"(`apt-get install postgresql` or `brew install postgresql`), or use a database that is already running")

// Find returns the folder of this machine's own initdb and postgres: the one that pg_config names, else the newest
// version where Debian and Homebrew keep them, else the one on the PATH. It returns ErrNoBinaries if there is none.
func Find() (string, error) {
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern)
		dirs = append(dirs, newestFirst(found)...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		// Next to a link there may be no initdb, and the account that runs the server may not reach the link.
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	if i := slices.IndexFunc(dirs, hasServer); i >= 0 {
		return filepath.Abs(dirs[i])
	}
	return "", ErrNoBinaries
}

// newestFirst sorts folders such as …/15/bin and …/postgresql@9.6/bin by their version.
func newestFirst(dirs []string) []string {
	version := func(dir string) float64 {
		name := filepath.Base(filepath.Dir(dir))
		v, _ := strconv.ParseFloat(name[strings.Index(name, "@")+1:], 64)
		return v
	}
	slices.SortFunc(dirs, func(a, b string) int {
		return cmp.Compare(version(b), version(a))
	})
	return dirs
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// binaries returns the folder to run the server from, downloading it if the machine has none.
func binaries(ctx context.Context, cfg Config) (string, error) {
	if cfg.Binaries != "" {
		if !hasServer(cfg.Binaries) {
			return "", fmt.Errorf("%s does not hold initdb and postgres", cfg.Binaries)
		}
		return filepath.Abs(cfg.Binaries)
	}
	find := Find
	if cfg.find != nil {
		find = cfg.find
	}
	bin, err := find()
	if !errors.Is(err, ErrNoBinaries) {
		return bin, err
	}
	bin, downloadErr := download(ctx, cfg)
	if downloadErr != nil {
		return "", fmt.Errorf("%w (downloading it failed: %w)", err, downloadErr)
	}
	return bin, nil
}

// download returns the folder of binaries that were downloaded, now or earlier.
func download(ctx context.Context, cfg Config) (string, error) {
	cache, err := cacheDir(cfg)
	if err != nil {
		return "", err
	}
	version := embeddedpostgres.V18
	kept := filepath.Join(cache, fmt.Sprintf("%s-%s-%s", runtime.GOOS, runtime.GOARCH, version))
	bin := filepath.Join(kept, "bin")

	unlock, err := lock(ctx, filepath.Join(cache, lockFile))
	if err != nil {
		return "", err
	}
	result := make(chan error, 1)
	// The library cannot be interrupted, so its work keeps the lock to its end.
	go func() {
		defer unlock()
		if hasServer(bin) {
			result <- nil
			return
		}
		result <- unpack(cache, kept, cfg.DownloadURL, version)
	}()
	select {
	case err := <-result:
		return bin, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func cacheDir(cfg Config) (string, error) {
	cache := cfg.cache
	switch {
	case cache != "":
	case os.Geteuid() == 0:
		cache = "/var/cache" // root's own is closed to the account that runs the server
	default:
		var err error
		if cache, err = os.UserCacheDir(); err != nil {
			return "", err
		}
	}
	cache = filepath.Join(cache, "embedded-postgres")
	return cache, os.MkdirAll(cache, 0o755)
}

// unpack has the library download PostgreSQL and unpack it into the folder kept, within cache.
func unpack(cache, kept, url string, version embeddedpostgres.PostgresVersion) error {
	const prefix = "new-"

	if err := removeAll(cache, prefix); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(cache, prefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	// The library's only way in is to start a server, which it cannot do as root and which would outlive us. So its
	// runtime folder is one that cannot be made, being beneath a file of the archive: it stops there, after unpacking.
	dir := filepath.Join(tmp, "postgres")
	conf := embeddedpostgres.DefaultConfig().
		Version(version).
		Port(0).
		Logger(io.Discard).
		CachePath(filepath.Join(tmp, "archive")).
		BinariesPath(dir).
		RuntimePath(filepath.Join(dir, "bin", "postgres", "stop-here"))
	if url != "" {
		conf = conf.BinaryRepositoryURL(strings.TrimSuffix(url, "/"))
	}
	err = embeddedpostgres.NewDatabase(conf).Start()
	if !hasServer(filepath.Join(dir, "bin")) {
		return fmt.Errorf("version %s: %w", version, err)
	}
	return os.Rename(dir, kept)
}
