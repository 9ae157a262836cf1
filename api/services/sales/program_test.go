package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
)

// TestProgram builds the program once and runs it as it runs in production: as a process of its own.
func TestProgram(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "sales")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	keys := t.TempDir()
	if _, err := keystore.Generate(keys, 2048); err != nil {
		t.Fatal(err)
	}
	p := program{bin, keys}
	for name, test := range map[string]func(*testing.T, program){
		"Killed":       testKilled,
		"Stopped":      testStopped,
		"Start":        testStart,
		"Help":         testHelp,
		"BadSettings":  testBadSettings,
		"DatabaseDown": testDatabaseDown,
		"Slow":         testSlow,
		"Jobs":         testJobs,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

type program struct{ bin, keys string }

// command is the program with nothing in its environment but these settings.
func (p program) command(settings ...string) *exec.Cmd {
	cmd := exec.Command(p.bin)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "SALES_AUTH_KEYS=" + p.keys}, settings...)
	return cmd
}

// process is the running program.
type process struct {
	cmd  *exec.Cmd
	url  string
	out  *apptest.Buffer // stdout and stderr
	done chan struct{}
	err  error // of Wait, once done is closed
}

// start runs the program over a database and waits until it listens.
func (p program) start(t *testing.T, dbURL string, settings ...string) *process {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := ln.Addr().String()
	check(t, ln.Close())
	r := &process{url: "http://" + addr, out: &apptest.Buffer{}, done: make(chan struct{})}
	r.cmd = p.command(append(settings, "SALES_DB_URL="+dbURL, "SALES_WEB_API_HOST="+addr,
		"SALES_WEB_DEBUG_HOST=127.0.0.1:0")...)
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.out
	check(t, r.cmd.Start())
	go func() {
		r.err = r.cmd.Wait()
		close(r.done)
	}()
	t.Cleanup(func() {
		r.signal(syscall.SIGKILL)
		<-r.done
	})
	eventually(t, "the program listens", func() bool {
		select {
		case <-r.done:
			t.Fatalf("it ended: %v\n%s", r.err, r.out)
		default:
		}
		a, err := r.get("/v1/liveness")
		return err == nil && a.status == 200
	})
	return r
}

// signal may come too late.
func (r *process) signal(s os.Signal) { _ = r.cmd.Process.Signal(s) }

func (r *process) wait(t *testing.T) error {
	t.Helper()
	select {
	case <-r.done:
		return r.err
	case <-time.After(20 * time.Second):
		t.Fatalf("the program did not end:\n%s", r.out)
		return nil
	}
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (r *process) get(path string) (answer, error) { return r.do("GET", path, "", "", nil) }

// client keeps no connections, which would be those of a dead process.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

func (r *process) do(method, path, token, key string, body any) (answer, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(context.Background(), method, r.url+path, bytes.NewReader(raw))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

// shop is a market in a database of its own, with what a till needs to ask the program.
type shop struct {
	dbtest.Shop
	url, token string
}

func newShop(t *testing.T, p program) shop {
	t.Helper()
	s := shop{url: dbtest.URL(t)}
	s.Shop = dbtest.NewShop(t,
		business.New(dbtest.Open(t, s.url), business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now}))
	keys, err := keystore.Open(p.keys)
	check(t, err)
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "garagesale", Audience: "sales-api", Life: time.Hour}, keys,
		clock.Now)
	check(t, err)
	s.token, _, err = tokens.Issue(request.Actor{ID: s.Cashier.ID, Roles: s.Cashier.Roles}, 1)
	check(t, err)
	return s
}

func (s shop) sales() string { return "/v1/markets/" + s.Market.ID.String() + "/sales" }

// proxy stands before the database, and can be taken away.
type proxy struct {
	t      *testing.T
	addr   string
	target string
	mu     sync.Mutex
	ln     net.Listener
	conns  []net.Conn
}

// newProxy returns a proxy and the address of the database behind it.
func newProxy(t *testing.T, dbURL string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dbURL)
	check(t, err)
	p := &proxy{t: t, addr: "127.0.0.1:0", target: u.Host}
	p.up()
	t.Cleanup(p.down)
	u.Host = p.addr
	return p, u.String()
}

func (p *proxy) up() {
	p.t.Helper()
	ln, err := net.Listen("tcp", p.addr)
	check(p.t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ln, p.addr = ln, ln.Addr().String()
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.target)
			if err != nil {
				_ = in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			for _, c := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					_, _ = io.Copy(c[0], c[1])
					_ = c[0].Close()
				}()
			}
		}
	}()
}

func (p *proxy) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.ln.Close()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// exitCode is that of a program that ended.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}

func password(t *testing.T, dbURL string) string {
	t.Helper()
	u, err := url.Parse(dbURL)
	check(t, err)
	pass, _ := u.User.Password()
	if len(pass) < 8 {
		t.Fatalf("the password of the test database is %q: too short to look for", pass)
	}
	return pass
}

func wantNoSecret(t *testing.T, out, secret string) {
	t.Helper()
	if strings.Contains(out, secret) || strings.Contains(out, url.QueryEscape(secret)) {
		t.Errorf("the output shows the password of the database:\n%s", out)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("%w", err))
	}
}
