package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/garagesale/service/foundation/testenv"
)

// TestDev starts everything as `make run` does, logs in, and ends it in three ways; nothing stays behind.
func TestDev(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "../../...")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	//nolint:usetesting // t.TempDir is closed to others, and Postgres runs as another user
	data, err := os.MkdirTemp("", "dev")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}

	for _, end := range []struct {
		name   string
		signal syscall.Signal
		clean  bool
	}{{"interrupt", syscall.SIGINT, true}, {"terminate", syscall.SIGTERM, true}, {"kill", syscall.SIGKILL, false}} {
		// In turn, over the same folder: the second and third start on what the first left.
		t.Log(end.name)
		d := startDev(t, bin, data)
		d.login(t)
		if !awaitReady(t.Context(), "http://"+d.metrics+"/metrics") {
			t.Error("no metrics")
		}
		if !strings.Contains(d.out.String(), "NATS listens on nats://127.0.0.1:") {
			t.Errorf("no NATS:\n%s", d.out.String())
		}
		if err := d.cmd.Process.Signal(end.signal); err != nil {
			t.Fatal(err)
		}
		err := d.cmd.Wait()
		if (err == nil) != end.clean {
			t.Errorf("%s: ended with %v\n%s", end.name, err, d.out.String())
		}
		d.gone(t)
		if strings.Contains(d.out.String(), "postgres://postgres:") {
			t.Errorf("%s: the log shows the database's password:\n%s", end.name, d.out.String())
		}
	}
}

type running struct {
	cmd  *exec.Cmd
	url  string
	data string
	out  *testenv.Buffer

	metrics string // address
}

func startDev(t *testing.T, bin, data string) running {
	t.Helper()
	d := running{cmd: exec.Command(filepath.Join(bin, "sales-admin"), "dev", "--data", data), data: data,
		out: &testenv.Buffer{}}
	addr := freeAddr(t)
	d.url, d.metrics = "http://"+addr, freeAddr(t)
	d.cmd.Env = append(os.Environ(), "SALES_DB_URL=", "SALES_WEB_API_HOST="+addr, "SALES_WEB_DEBUG_HOST="+freeAddr(t),
		"METRICS_WEB_HOST="+d.metrics,
		"SALES_AUTH_HASH_MEMORY=8", "SALES_AUTH_HASH_ITERATIONS=1")
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if !awaitReady(ctx, d.url+"/v1/readiness") {
		t.Fatalf("not ready:\n%s", d.out.String())
	}
	return d
}

func (d running) login(t *testing.T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/auth/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("cashier@example.com", "garagesale")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("accessToken")) {
		t.Fatalf("login: %v %d %s", err, res.StatusCode, body)
	}
}

// gone waits until neither the service nor its Postgres runs any more.
func (d running) gone(t *testing.T) {
	t.Helper()
	left := ""
	for range 200 {
		if left = d.left(); left == "" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("still there after 10 s: %s", left)
}

func (d running) left() string {
	for name, addr := range map[string]string{"the service": strings.TrimPrefix(d.url, "http://"),
		"the sidecar": d.metrics} {
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = conn.Close()
			return name
		}
	}
	pids, _ := filepath.Glob(filepath.Join(d.data, "db", "*", "*", "postmaster.pid"))
	for _, file := range pids {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(b), "\n")
		if pid, err := strconv.Atoi(first); err == nil && syscall.Kill(pid, 0) == nil {
			return fmt.Sprint("Postgres, process ", pid)
		}
	}
	return ""
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
