package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/foundation/keystore"
)

// The test binary is also the service, when it is told so.
const asService = "SALES_TEST_AS_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		main()
		return
	}
	dbtest.Main(m)
}

type process struct {
	api, probes string
	debug       string
	db          string
	cmd         *exec.Cmd
	ended       chan error
	out         *strings.Builder // to be read once it has ended
}

// start runs the service as a process of its own over a migrated database, until it is ready.
func start(t *testing.T, settings ...string) process {
	t.Helper()
	keys := t.TempDir()
	if _, err := keystore.Generate(keys, 2048); err != nil {
		t.Fatal(err)
	}
	s := process{api: freeAddr(t), probes: freeAddr(t), debug: freeAddr(t), db: dbtest.URL(t), ended: make(chan error, 1),
		out: &strings.Builder{}}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), asService+"=1", "SALES_DB_URL="+s.db, "SALES_AUTH_KEYS="+keys,
		"SALES_WEB_API_HOST="+s.api, "SALES_WEB_PROBE_HOST="+s.probes, "SALES_WEB_DEBUG_HOST="+s.debug,
		"SALES_KUBE_NODE=a-node", "SALES_LIMIT_ADDRESS_RATE=0")
	s.cmd.Env = append(s.cmd.Env, settings...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	for end := time.Now().Add(30 * time.Second); status(s.probes, "/v1/readiness") != http.StatusOK; time.Sleep(
		20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the service did not become ready")
		}
	}
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// TestWhoAnswers: the public is told that the process is alive and nothing else; Kubernetes and operators who it is.
func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	s := start(t)
	for addr, want := range map[string]string{s.api: `{"status":"up"}`, s.probes: `"node":"a-node"`,
		s.debug: `"build":"develop"`} {
		status, body := ask(addr, "/v1/liveness")
		if status != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, `"status":"up"`) ||
			addr == s.api && strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s, want %s", addr, status, body, want)
		}
	}
}

// TestReadsEnd: a read that waits too long is ended by Postgres, before the request gives up.
func TestReadsEnd(t *testing.T) {
	t.Parallel()
	s := start(t, "SALES_WEB_REQUEST_TIMEOUT=2s")
	unlock := lockMarkets(t, s.db)
	defer unlock()
	if code, body := ask(s.api, "/v1/markets"); code != http.StatusServiceUnavailable ||
		!strings.Contains(body, `"unavailable"`) {
		t.Errorf("%d %s", code, body)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.out.String(), "statement timeout") {
		t.Errorf("not Postgres ended it:\n%s", s.out)
	}
}

// status asks on a new connection; 0 means no answer.
func status(addr, path string) int {
	code, _ := ask(addr, path)
	return code
}

// ask is status with the answer.
func ask(addr, path string) (int, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return 0, ""
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

// SIGTERM: not ready, but served on until the endpoints are dropped; then the end, with status 0, and nothing was lost.
func TestShutdown(t *testing.T) {
	t.Parallel()
	const delay = time.Second
	s := start(t, "SALES_WEB_SHUTDOWN_DELAY="+delay.String())

	// Requests all the time, each on a connection of its own, as from a load balancer that has not noticed yet.
	var stop atomic.Bool
	var failed, served atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				if got := status(s.api, "/v1/markets"); got == http.StatusOK {
					served.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for status(s.probes, "/v1/readiness") != http.StatusServiceUnavailable {
		if time.Since(began) > delay/2 {
			t.Fatal("readiness is not 503 after SIGTERM")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := status(s.probes, "/v1/liveness"); got != http.StatusOK {
		t.Errorf("liveness while draining: %d, want 200", got)
	}
	time.Sleep(delay - time.Since(began) - 200*time.Millisecond) // by now the endpoints would be dropped
	stop.Store(true)
	wg.Wait()
	if failed.Load() > 0 || served.Load() == 0 {
		t.Errorf("%d of %d requests failed before the delay was over", failed.Load(), failed.Load()+served.Load())
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("ended with %v, want status 0\n%s", err, s.out)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("did not end")
	}
	if took := time.Since(began); took < delay {
		t.Errorf("ended after %v, before the delay of %v was over", took, delay)
	}
}

// A client that holds every place, and another that holds every connection, do not keep the probes out.
func TestProbesUnderLoad(t *testing.T) {
	t.Parallel()
	const conns = 8
	s := start(t, fmt.Sprintf("SALES_WEB_MAX_CONNS=%d", conns), "SALES_WEB_MAX_IN_FLIGHT=2",
		"SALES_WEB_BODY_RATE=0")
	var held []net.Conn
	for range conns {
		c, err := net.Dial("tcp", s.api)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
	}
	// Two requests that wait for a locked table hold the two places.
	unlock := lockMarkets(t, s.db)
	defer unlock()
	for _, c := range held[:2] {
		if _, err := io.WriteString(c, "GET /v1/markets HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	var got int
	var retryAfter string
	for end := time.Now().Add(20 * time.Second); got != http.StatusServiceUnavailable &&
		time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		got, retryAfter = askOn(t, held[2], "/v1/markets/none") // refused for its id, or for the load
	}
	if got != http.StatusServiceUnavailable || retryAfter == "" {
		t.Errorf("a third request: %d, Retry-After %q; want 503 with one", got, retryAfter)
	}
	if got, _ := askOn(t, held[3], "/v1/readiness"); got != http.StatusOK {
		t.Errorf("a probe on the API while all places are taken: %d, want 200", got)
	}
	// Every connection to the API is in a request, which is the control: nobody else gets an answer there.
	for _, c := range held[2:] {
		waitForBody(t, c)
	}
	probed := make(chan int, 1)
	go func() { probed <- status(s.api, "/v1/liveness") }()
	for _, path := range []string{"/v1/liveness", "/v1/readiness"} {
		best := time.Hour // of some: other tests want the processor too
		for range 5 {
			began := time.Now()
			if got := status(s.probes, path); got != http.StatusOK {
				t.Errorf("%s on the probes' listener: %d, want 200", path, got)
			}
			best = min(best, time.Since(began))
		}
		if best > time.Second {
			t.Errorf("%s on the probes' listener took %v at best, want at most 1 s", path, best)
		}
	}
	if got := status(s.probes, "/v1/markets"); got != http.StatusNotFound {
		t.Errorf("the API on the probes' listener: %d, want 404", got)
	}
	select {
	case got := <-probed:
		t.Errorf("the API answered %d beyond its %d connections", got, conns)
	default:
	}
}

// waitForBody begins a request, and returns when the service waits for its body.
func waitForBody(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.WriteString(c, "POST /v1/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"+
		"Expect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	b := make([]byte, 100)
	if n, err := c.Read(b); err != nil || !strings.Contains(string(b[:n]), "100 Continue") {
		t.Fatalf("%q %v", b[:n], err)
	}
}

// askOn asks on a connection that stays open.
func askOn(t *testing.T, c net.Conn, path string) (status int, retryAfter string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Retry-After")
}

// lockMarkets keeps everybody from the table of markets until unlock is called.
func lockMarkets(t *testing.T, url string) (unlock func()) {
	t.Helper()
	locked, done := make(chan struct{}), make(chan struct{})
	db := dbtest.Open(t, url)
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.InTx(context.Background(), func(tx sqldb.DB) error {
			_, err := tx.Exec(context.Background(), "LOCK TABLE markets")
			close(locked)
			<-done
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-locked
	return func() {
		close(done)
		wg.Wait()
	}
}
