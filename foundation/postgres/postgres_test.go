package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/foundation/testenv"
)

// Creating a cluster is what takes long, so tests that can share one do.

func TestEphemeralServer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	cfg := Config{Dir: newDir(t), Ephemeral: true, Log: &log, Settings: map[string]string{
		"max_connections":  "40",
		"work_mem":         "5MB",
		"listen_addresses": "*",
	}}
	s := run(t, cfg)

	t.Run("settings", func(t *testing.T) {
		for name, want := range map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"timezone": "UTC", "log_timezone": "UTC", "server_encoding": "UTF8",
			"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "password_encryption": "scram-sha-256",
			"max_connections": "40", "work_mem": "5MB",
		} {
			if got := query[string](t, s.URL(), "SHOW "+name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
	t.Run("password is needed", func(t *testing.T) { needsPassword(t, s, cfg) })
	t.Run("listens on loopback only", func(t *testing.T) { onLoopback(t, s) })
	t.Run("is in a process group of its own", func(t *testing.T) {
		// A ^C at the terminal goes to the whole foreground group.
		group, err := syscall.Getpgid(s.PID())
		check(t, err)
		if group != s.PID() {
			t.Errorf("the group is %d, want the server's own, %d", group, s.PID())
		}
	})
	t.Run("does not run as root", func(t *testing.T) {
		if os.Geteuid() != 0 {
			testenv.Lacks(t, "not run by root")
		}
		info, err := os.Stat(filepath.Join(cfg.Dir, clusterDir, dataDir, "postmaster.pid"))
		check(t, err)
		if uidOf(info) == 0 {
			t.Error("the server runs as root")
		}
	})
	t.Run("keeps others out of its folder", func(t *testing.T) { keepsOut(t, s, cfg) })
	t.Run("leaves nothing", func(t *testing.T) {
		stop(t, s)
		if exists(cfg.Dir) {
			t.Errorf("%s is left", cfg.Dir)
		}
		if !strings.Contains(log.String(), "database system is shut down") {
			t.Errorf("the writer did not get the log:\n%s", &log)
		}
	})
}

// keepsOut starts another server in the same folder.
func keepsOut(t *testing.T, s *Server, cfg Config) {
	t.Helper()
	_, err := Start(t.Context(), cfg)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(s.PID())) {
		t.Errorf("got %v, want ErrInUse and the process id", err)
	}
	if n := query[int](t, s.URL(), "SELECT count(*) FROM pg_database"); n != 3 {
		t.Errorf("the first server suffered: it has %d databases", n)
	}
}

// needsPassword comes without one and with another.
func needsPassword(t *testing.T, s *Server, cfg Config) {
	t.Helper()
	for _, user := range []*url.Userinfo{url.UserPassword(superuser, "wrong"), url.UserPassword(superuser, "")} {
		u, err := url.Parse(s.URL())
		check(t, err)
		u.User = user
		err = answers(t.Context(), u.String())
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "28P01" {
			t.Errorf("as %s: got %v, want a refused password", user, err)
		}
	}
	info, err := os.Stat(filepath.Join(cfg.Dir, clusterDir, passwordFile))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the password file's mode is %v", info.Mode())
	}
}

// onLoopback tries the port at every other address of this machine.
func onLoopback(t *testing.T, s *Server) {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	check(t, err)
	tried := 0
	for _, a := range addrs {
		ip := a.(*net.IPNet).IP
		if ip.IsLoopback() || ip.To4() == nil {
			continue
		}
		tried++
		conn, err := net.Dial("tcp", net.JoinHostPort(ip.String(), strconv.Itoa(s.port)))
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s accepts connections", conn.RemoteAddr())
		}
	}
	if tried == 0 {
		testenv.Lacks(t, "this machine has no address but loopback")
	}
}

func TestLastingCluster(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: newDir(t)}
	data := filepath.Join(cfg.Dir, clusterDir, dataDir)
	// What an init left that was killed.
	unfinished := filepath.Join(cfg.Dir, initPrefix+"1")
	check(t, os.MkdirAll(filepath.Join(unfinished, dataDir, "base"), 0o700))

	t.Run("is made", func(t *testing.T) { isMade(t, cfg, unfinished) })
	t.Run("is reused", func(t *testing.T) {
		s := run(t, cfg)
		if n := query[int](t, s.URLFor("shop"), "SELECT n FROM kept"); n != 7 {
			t.Errorf("got %d back, want 7", n)
		}
		log, err := os.ReadFile(filepath.Join(cfg.Dir, logFile))
		check(t, err)
		if got := bytes.Count(log, []byte("ready to accept connections")); got != 2 {
			t.Errorf("the log file tells of %d starts, want 2:\n%s", got, log)
		}
	})
	t.Run("Stop tells of a killed server", func(t *testing.T) {
		s := run(t, cfg)
		check(t, syscall.Kill(s.PID(), syscall.SIGKILL))
		<-s.Done()
		if err := s.Stop(); err == nil {
			t.Error("Stop says that it ended in order")
		}
	})
	t.Run("takes the id of another process for stale", func(t *testing.T) { staleID(t, cfg, data) })
	t.Run("an error shows the log", func(t *testing.T) {
		bad := cfg
		bad.Settings = map[string]string{"no_such_setting": "1"}
		_, err := Start(t.Context(), bad)
		if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "no_such_setting"`) {
			t.Errorf("got %v, want the log's words", err)
		}
	})
	t.Run("port taken", func(t *testing.T) { portTaken(t, cfg) })
	t.Run("root's copy is taken over", func(t *testing.T) {
		if os.Geteuid() != 0 {
			testenv.Lacks(t, "not run by root")
		}
		check(t, account{uid: 0, gid: 0}.own(cfg.Dir))
		run(t, cfg)
	})
	t.Run("another version is refused", func(t *testing.T) { otherVersion(t, cfg, data) })
}

// otherVersion starts on a cluster of another PostgreSQL.
func otherVersion(t *testing.T, cfg Config, data string) {
	t.Helper()
	version := filepath.Join(data, "PG_VERSION")
	is, err := os.ReadFile(version)
	check(t, err)
	check(t, os.WriteFile(version, []byte("12\n"), 0o600))
	_, err = Start(t.Context(), cfg)
	for _, want := range []string{"made by PostgreSQL 12,", "are version " + strings.TrimSpace(string(is)) + ":",
		"remove "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// portTaken is given a port that another listens on: one of its own choice it changes, a fixed one it does not.
func portTaken(t *testing.T, cfg Config) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port

	picky := cfg
	var picked []int
	picky.port = func() (int, error) {
		port, err := taken, error(nil)
		if len(picked) > 0 {
			port, err = cfg.freePort()
		}
		picked = append(picked, port)
		return port, err
	}
	s := run(t, picky)
	if len(picked) < 2 || !slices.Contains(picked[1:], s.port) {
		t.Errorf("picked %v, runs at %d", picked, s.port)
	}
	stop(t, s)

	fixed := cfg
	fixed.Port = taken
	if _, err = Start(t.Context(), fixed); err == nil || !strings.Contains(err.Error(), "Address already in use") {
		t.Errorf("got %v, want the log's words", err)
	}
}

// staleID leaves the id of a process that is no server of ours.
func staleID(t *testing.T, cfg Config, data string) {
	t.Helper()
	a, err := serverAccount(data)
	check(t, err)
	// PostgreSQL itself does so for another user's process, so this one is not.
	other := a.command("exec sleep 60")
	check(t, other.Start())
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	pidFile := fmt.Sprintf("%d\n%s\n1700000000\n1\n\n127.0.0.1\n\nready\n", other.Process.Pid, data)
	check(t, os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(pidFile), 0o600))
	check(t, a.own(data))
	run(t, cfg)
}

// isMade makes the cluster, over what an init left that was killed.
func isMade(t *testing.T, cfg Config, unfinished string) {
	t.Helper()
	s := run(t, cfg)
	execute(t, s.URL(), "CREATE DATABASE shop")
	execute(t, s.URLFor("shop"), "CREATE TABLE kept AS SELECT 7 AS n")
	stop(t, s)
	stop(t, s)
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if listens(t, s.URL()) {
		t.Error("the server listens after Stop")
	}
	if exists(unfinished) {
		t.Error("what the unfinished init made is left")
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Start(t.Context(), Config{Ephemeral: true})
			if err != nil {
				t.Error(err)
				return
			}
			dir := filepath.Dir(filepath.Dir(query[string](t, s.URL(), "SHOW data_directory")))
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
			if exists(dir) {
				t.Errorf("%s is left", dir)
			}
		})
	}
	wg.Wait()
}

func TestTempRoot(t *testing.T) { //nolint:paralleltest // it sets a variable
	memory := t.TempDir()
	for _, c := range []struct {
		name, tmpdir, memory string
		room                 uint64
		want                 string
	}{
		{"room", "", memory, 1, memory},
		{"too little room", "", memory, 1 << 62, ""},
		{"no such folder", "", filepath.Join(memory, "none"), 0, ""},
		{"another place is named", memory, memory, 1, ""},
	} {
		t.Setenv("TMPDIR", c.tmpdir)
		if got := tempRoot(c.memory, c.room); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dir := newDir(t)
	_, err := Start(ctx, Config{Dir: dir, Ephemeral: true, port: func() (int, error) {
		cancel() // the cluster is made, the server is next
		return (Config{}).freePort()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	if exists(dir) {
		t.Errorf("%s is left", dir)
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	file := filepath.Join(dir, "thesis.txt")
	check(t, os.WriteFile(file, []byte("mine"), 0o600))
	_, err := Start(t.Context(), Config{Dir: dir, Ephemeral: true})
	if err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("got %v, want a word on the file", err)
	}
	if !exists(file) {
		t.Error("the file is gone")
	}
}

func TestFolderClosedToTheServer(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		testenv.Lacks(t, "not run by root")
	}
	home := tempDir(t)
	check(t, os.Chmod(home, 0o700))
	for name, cfg := range map[string]Config{
		"data":     {Dir: filepath.Join(home, "data", "pg")},
		"binaries": {Dir: newDir(t), Binaries: fakeBinaries(t, filepath.Join(home, "bin"), "")},
	} {
		_, err := Start(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), "cannot enter "+home+" (") {
			t.Errorf("%s: got %v, want a word on %s", name, err, home)
		}
	}
}

func TestParentKilled(t *testing.T) {
	t.Parallel()
	t.Run("ephemeral", func(t *testing.T) {
		t.Parallel()
		dir := newDir(t)
		// If root runs this, the watcher could not remove the folder from one of root's.
		check(t, os.Chmod(filepath.Dir(dir), 0o777))
		state, kill := startHelper(t, Config{Dir: dir, Ephemeral: true})
		kill()
		eventually(t, "the server is gone", func() bool { return !listens(t, state.URL) })
		eventually(t, "the folder is gone", func() bool { return !exists(dir) })
	})
	t.Run("lasting", func(t *testing.T) {
		t.Parallel()
		cfg := Config{Dir: newDir(t)}
		state, kill := startHelper(t, cfg)
		execute(t, state.URL, "CREATE TABLE kept AS SELECT 7 AS n")
		// The next start comes while the old server, which is held up, still has to shut down.
		check(t, syscall.Kill(state.PID, syscall.SIGSTOP))
		goOn := func() { _ = syscall.Kill(state.PID, syscall.SIGCONT) }
		t.Cleanup(goOn)
		time.AfterFunc(300*time.Millisecond, goOn)
		kill()
		s := run(t, cfg)
		if n := query[int](t, s.URL(), "SELECT n FROM kept"); n != 7 {
			t.Errorf("got %d back, want 7", n)
		}
		stop(t, s)

		next, kill := startHelper(t, cfg)
		execute(t, next.URL, "UPDATE kept SET n = 8")
		// The group is the server's main process and its watcher.
		check(t, syscall.Kill(-next.PID, syscall.SIGKILL))
		kill()
		if !exists(filepath.Join(cfg.Dir, clusterDir, dataDir, "postmaster.pid")) {
			t.Fatal("the server ended in order: this tests nothing")
		}
		s = run(t, cfg)
		if n := query[int](t, s.URL(), "SELECT n FROM kept"); n != 8 {
			t.Errorf("got %d back, want 8", n)
		}
	})
}
