package postgres

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const helperEnv = "POSTGRES_TEST_HELPER"

// helperState is what the helper process tells its test.
type helperState struct {
	URL      string
	PID      int
	ChildPID int
	Err      string
}

// The test binary is also the program that a test kills: it starts a server, and after it another child, and waits.
func TestMain(m *testing.M) {
	if text := os.Getenv(helperEnv); text != "" {
		helper(text)
		return
	}
	os.Exit(runTests(m))
}

// runTests keeps together what the tests leave: the download library leaves an empty file.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "postgres-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	// Root has the server run as a user who must be able to use it.
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		panic(err)
	}
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err)
	}
	return m.Run()
}

func helper(text string) {
	var cfg Config
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		panic(err)
	}
	state := helperState{}
	s, err := Start(context.Background(), cfg)
	if err != nil {
		state.Err = err.Error()
	} else {
		child := exec.Command("sleep", "60")
		child.Env = []string{"PATH=" + os.Getenv("PATH")}
		if err := child.Start(); err != nil {
			panic(err)
		}
		state.URL, state.PID, state.ChildPID = s.URL(), s.PID(), child.Process.Pid
	}
	if err := json.NewEncoder(os.Stdout).Encode(state); err != nil {
		panic(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// startHelper runs a program that starts a server, and returns what kills it as kill -9 does.
func startHelper(t *testing.T, cfg Config) (helperState, func()) {
	t.Helper()
	text, err := json.Marshal(struct {
		Dir       string
		Ephemeral bool
	}{cfg.Dir, cfg.Ephemeral})
	check(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	_, err = cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	kill := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)

	line, err := bufio.NewReader(out).ReadBytes('\n')
	check(t, err)
	var state helperState
	check(t, json.Unmarshal(line, &state))
	if state.Err != "" {
		t.Fatal(state.Err)
	}
	t.Cleanup(func() { _ = syscall.Kill(state.ChildPID, syscall.SIGKILL) })
	return state, kill
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tempDir is t.TempDir, but open to the user whom root runs the server as.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	check(t, os.Chmod(filepath.Dir(dir), 0o755))
	check(t, os.Chmod(dir, 0o755))
	return dir
}

// newDir returns a folder that does not exist yet.
func newDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(tempDir(t), "pg")
}

// run starts a server that the test's end stops.
func run(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), cfg)
	check(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	check(t, s.Stop())
}

// query returns the one value that a query yields.
func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	check(t, err)
	defer conn.Close(t.Context())
	var v T
	check(t, conn.QueryRow(t.Context(), sql).Scan(&v))
	return v
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	check(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	check(t, err)
}

// eventually waits for something that takes others some time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(pollEvery) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// listens says whether anything accepts connections at the URL's port.
func listens(t *testing.T, url string) bool {
	t.Helper()
	err := answers(t.Context(), url)
	return !errors.Is(err, syscall.ECONNREFUSED)
}
