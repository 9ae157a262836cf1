// Package postgres runs a real PostgreSQL server as a child process, for development and tests.
//
// The server listens on 127.0.0.1 only, asks for a generated password, runs as an unprivileged user when the program is
// root, and ends with the program, even when that is killed.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	superuser  = "postgres"
	readyLimit = 30 * time.Second
	pollEvery  = 10 * time.Millisecond
)

// Config says where and how a server runs.
type Config struct {
	// Dir holds everything the server keeps: its cluster, password and log. It is made if missing and reused if an earlier
	// Start made it; a folder that holds anything else is refused. It may be empty if Ephemeral is set: then it is a new
	// temporary folder, in memory if there is room, unless TMPDIR names another place.
	Dir string
	// Ephemeral is for tests: nothing survives a crash of the machine, writes are fast, and Dir is removed when the server
	// ends or the program dies.
	Ephemeral bool
	// Port is the TCP port; 0 takes a free one.
	Port int
	// Log gets what the server writes to its log; nil is the file postgres.log in Dir.
	Log io.Writer
	// Binaries is the folder that holds initdb and postgres. Empty: what Find finds, else a download.
	Binaries string
	// DownloadURL is the base URL of the Maven repository to download from; empty is Maven Central.
	DownloadURL string
	// Settings are further server settings by name. They win over this package's, except for where the server listens.
	Settings map[string]string

	// Tests replace these three.
	find  func() (string, error)
	cache string
	port  func() (int, error)
}

// Server is a running PostgreSQL server.
type Server struct {
	process  *process
	password string
	port     int
	done     chan struct{}
}

// Start starts a server and returns once it answers. The first start in a folder also creates the cluster.
//
// ctx bounds the start, not the server's life; the server has 30 seconds to answer. Errors wrap ErrNoBinaries if there
// is nothing to run, ErrInUse if another server runs in cfg.Dir; if the server did not come up they hold the end of its
// log.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s, err := start(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, cfg Config) (_ *Server, err error) {
	bin, err := binaries(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Dir == "" && cfg.Ephemeral {
		// Tests of several packages run at once, each with its server; a container is often given 64 MB.
		room := uint64(runtime.NumCPU()) << 29 //nolint:gosec // a number of CPUs is not negative
		if cfg.Dir, err = os.MkdirTemp(tempRoot("/dev/shm", room), "postgres-"); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				_ = os.RemoveAll(cfg.Dir)
			}
		}()
	}
	c, err := openCluster(cfg, bin)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(c.dir, lockFile))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := c.waitUnused(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil && cfg.Ephemeral {
			_ = os.RemoveAll(c.dir)
		}
	}()

	password, err := c.prepare(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{password: password, done: make(chan struct{})}
	log, closeLog, err := c.log(cfg.Log)
	if err != nil {
		return nil, err
	}
	if err := s.boot(ctx, cfg, c, log); err != nil {
		closeLog()
		return nil, err
	}
	go func() {
		<-s.process.done
		closeLog()
		if cfg.Ephemeral {
			_ = os.RemoveAll(c.dir)
		}
		close(s.done)
	}()
	return s, nil
}

// tempRoot is the folder that temporary clusters go to: the one for files in memory, where copying a database costs a
// fifth of what it costs on a disk, or "", the system's own, if less than room bytes are free there or TMPDIR is set.
func tempRoot(memory string, room uint64) string {
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &fs) != nil ||
		fs.Bavail*uint64(fs.Bsize) < room { //nolint:gosec // a size is not negative
		return ""
	}
	return memory
}

// boot starts the server process and waits until it answers. It tries again where a later try can work.
func (s *Server) boot(ctx context.Context, cfg Config, c cluster, log io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()

	for {
		s.port = cfg.Port
		if s.port == 0 {
			var err error
			if s.port, err = cfg.freePort(); err != nil {
				return err
			}
		}
		p, err := c.start(log, serverArgs(cfg, c, s.port)...)
		if err != nil {
			return err
		}
		if err = s.waitReady(ctx, p); err == nil {
			s.process = p
			return nil
		}
		p.end()

		text := p.out.String()
		portTaken := cfg.Port == 0 && strings.Contains(text, "could not create any TCP/IP sockets")
		// The last processes of a server that was killed are still ending.
		leftovers := strings.Contains(text, "pre-existing shared memory block")
		if ctx.Err() != nil || !portTaken && !leftovers {
			return fmt.Errorf("the server in %s did not start: %w\n%s", c.dir, err, text)
		}
		time.Sleep(pollEvery)
	}
}

func (s *Server) waitReady(ctx context.Context, p *process) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// If the port is another's, that one may keep us waiting while ours has long ended.
	go func() {
		select {
		case <-p.done:
			cancel(errors.New("it ended early"))
		case <-ctx.Done():
		}
	}()
	for {
		err := answers(ctx, s.URL())
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%v)", context.Cause(ctx), err)
		case <-time.After(pollEvery):
		}
	}
}

func serverArgs(cfg Config, c cluster, port int) []string {
	settings := map[string]string{"timezone": "UTC", "log_timezone": "UTC"}
	if cfg.Ephemeral {
		maps.Copy(settings, map[string]string{
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"wal_level":          "minimal",
			"max_wal_senders":    "0",
			"checkpoint_timeout": "1h",
			"max_wal_size":       "128MB", // it may lie in memory
			"autovacuum":         "off",
			"jit":                "off",
			"shared_buffers":     "32MB",
			"max_connections":    "200",
			"log_min_messages":   "log", // in this setting's order log is above error
			"log_checkpoints":    "off",
		})
	}
	maps.Copy(settings, cfg.Settings)
	maps.Copy(settings, map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
	})
	args := []string{filepath.Join(c.bin, "postgres"), "-D", c.data()}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// URL returns the superuser's connection URL of the database postgres. It holds the password.
func (s *Server) URL() string {
	return s.URLFor("postgres")
}

// URLFor returns the superuser's connection URL of a database, which need not exist. It holds the password.
func (s *Server) URLFor(db string) string {
	return connURL(s.password, s.port, db)
}

func connURL(password string, port int, db string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop disconnects all clients, shuts the server down and waits until it has ended. A server that does not end within
// 10 seconds is made to. It may be called more than once; it returns an error if the server did not end in order.
func (s *Server) Stop() error {
	s.process.end()
	<-s.done
	if err := s.process.err; err != nil {
		return fmt.Errorf("postgres: the server ended badly: %w\n%s", err, s.process.out)
	}
	return nil
}

// Done returns a channel that is closed when the server has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} {
	return s.done
}

// PID returns the id of the server's main process.
func (s *Server) PID() int {
	return s.process.cmd.Process.Pid
}

// answers says whether a server at the URL lets us in.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (cfg Config) freePort() (int, error) {
	if cfg.port != nil {
		return cfg.port()
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// lock takes the lock that a file stands for, which other programs and other callers in this one respect. The kernel
// lets go of it when the program dies.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("waiting for another start (%s): %w", path, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}
