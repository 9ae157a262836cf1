package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What is in Config.Dir. The cluster and its password appear together, by a rename, when both are complete.
const (
	lockFile     = "lock"
	logFile      = "postgres.log"
	clusterDir   = "cluster"
	initPrefix   = "init-"
	dataDir      = "data"     // in clusterDir
	passwordFile = "password" // in clusterDir
)

// ErrInUse is wrapped by Start's error if another server runs in Config.Dir.
var ErrInUse = errors.New("another server is running")

// cluster is the folder that a server works in.
type cluster struct {
	dir       string // absolute, without symbolic links
	bin       string
	account   account
	ephemeral bool
}

func (c cluster) data() string {
	return filepath.Join(c.dir, clusterDir, dataDir)
}

func (c cluster) passwordFile() string {
	return filepath.Join(c.dir, clusterDir, passwordFile)
}

// pidFile is the server's own; it is there while the server runs, and after it was killed.
func (c cluster) pidFile() string {
	return filepath.Join(c.data(), "postmaster.pid")
}

// openCluster makes sure of a folder that is ours, and that the account who runs the server owns it and can reach it.
func openCluster(cfg Config, bin string) (cluster, error) {
	dir, err := makeDir(cfg)
	if err != nil {
		return cluster{}, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) {
		return cluster{}, fmt.Errorf("%w: was it made by another user, or by root? Start as before, or remove it", err)
	} else if err != nil {
		return cluster{}, err
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == lockFile, name == logFile, name == clusterDir, strings.HasPrefix(name, initPrefix):
		default:
			return cluster{}, fmt.Errorf("%s holds %s, which is not ours: use an empty folder", dir, name)
		}
	}

	c := cluster{dir: dir, bin: bin, ephemeral: cfg.Ephemeral}
	if c.account, err = serverAccount(c.data()); err != nil {
		return cluster{}, err
	}
	if err := os.Chown(dir, c.account.uid, c.account.gid); err != nil {
		return cluster{}, err
	}
	if err := c.account.canReach(dir); err != nil {
		return cluster{}, err
	}
	return c, c.account.canReach(bin)
}

func makeDir(cfg Config) (string, error) {
	if cfg.Dir == "" {
		return "", errors.New("no folder is set for the cluster")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return "", err
	}
	// What is above must let the server's account pass.
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// prepare makes the cluster if there is none, and returns its password. The caller holds the lock.
func (c cluster) prepare(ctx context.Context) (string, error) {
	made, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		err = c.init(ctx)
	} else if err == nil {
		err = errors.Join(c.checkVersion(strings.TrimSpace(string(made))), c.account.own(filepath.Join(c.dir, clusterDir)))
	}
	if err != nil {
		return "", err
	}
	password, err := os.ReadFile(c.passwordFile())
	return string(password), err
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func (c cluster) checkVersion(made string) error {
	out, err := exec.Command(filepath.Join(c.bin, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("version of %s: %w", c.bin, err)
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return fmt.Errorf("version of %s: not understood: %q", c.bin, out)
	}
	if has := string(m[1]); has != made {
		return fmt.Errorf("the cluster in %s was made by PostgreSQL %s, but the binaries in %s are version %s: "+
			"install PostgreSQL %s, or, if its data may go, remove %s", c.dir, made, c.bin, has, made, c.dir)
	}
	return nil
}

// init makes the cluster beside its place and moves it there when it is complete.
func (c cluster) init(ctx context.Context) error {
	if err := removeAll(c.dir, initPrefix); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(c.dir, initPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	password := filepath.Join(tmp, passwordFile)
	if err := os.WriteFile(password, []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	if err := c.account.own(tmp); err != nil {
		return err
	}

	args := []string{
		filepath.Join(c.bin, "initdb"), "-D", filepath.Join(tmp, dataDir), "-U", superuser,
		"-E", "UTF8", "-A", "scram-sha-256", "--pwfile", password,
	}
	if c.ephemeral {
		args = append(args, "--no-sync")
	}
	out, err := c.run(ctx, append(args, "--locale=C.UTF-8")...)
	if err != nil && strings.Contains(out, "invalid locale") { // some systems lack it
		out, err = c.run(ctx, append(args, "--locale=C")...)
	}
	if err != nil {
		return fmt.Errorf("initdb in %s: %w\n%s", c.dir, err, out)
	}
	return os.Rename(tmp, filepath.Join(c.dir, clusterDir))
}

// run runs a program to its end and returns the last lines of its output.
func (c cluster) run(ctx context.Context, argv ...string) (string, error) {
	p, err := c.start(io.Discard, argv...)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.end()
		return "", ctx.Err()
	}
	return p.out.String(), p.err
}

// log returns where the server's log goes.
func (c cluster) log(w io.Writer) (io.Writer, func(), error) {
	if w != nil {
		return w, func() {}, nil
	}
	f, err := os.OpenFile(filepath.Join(c.dir, logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// waitUnused returns when no server runs in the cluster. One that keeps answering is an error; one that does not is
// shutting down, as its program died: it gets the time that its watcher gives it. The caller holds the lock, so none
// can start.
func (c cluster) waitUnused(ctx context.Context) error {
	const (
		limit = 30 * time.Second
		grace = 500 * time.Millisecond // for the watcher to notice
	)

	for start := time.Now(); ; {
		text, err := os.ReadFile(c.pidFile())
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		// Its lines: process id, folder, start time, port, …
		lines := strings.Split(string(text), "\n")
		pid, _ := strconv.Atoi(lines[0])
		if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil // PostgreSQL itself knows that such a file is stale
		}
		if !mentions(pid, c.data()) {
			// The id now belongs to another program, for which PostgreSQL would refuse to start.
			return os.Remove(c.pidFile())
		}
		wait := limit
		if len(lines) > 3 {
			port, _ := strconv.Atoi(lines[3])
			password, _ := os.ReadFile(c.passwordFile())
			if answers(ctx, connURL(string(password), port, "postgres")) == nil {
				wait = grace
			}
		}
		if time.Since(start) > wait {
			return fmt.Errorf("%w in %s, as process %d: stop it, or use another folder", ErrInUse, c.dir, pid)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// mentions says whether a process has text in its command line. It says so, too, if that cannot be seen.
func mentions(pid int, text string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		line, err = exec.Command("ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	}
	return err != nil || strings.Contains(string(line), text)
}

// removeAll removes what begins with prefix in dir.
func removeAll(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
