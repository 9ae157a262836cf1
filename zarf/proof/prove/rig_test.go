package prove_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/postgres"
)

// rig is the real program over a durable Postgres, both of which can be killed, behind a proxy that loses answers.
type rig struct {
	t        *testing.T
	postgres postgres.Config
	server   *postgres.Server
	binary   string
	env      []string
	url      string // of the service itself
	cmd      *exec.Cmd
	proxy    *httptest.Server
	loser    *loser
	client   *http.Client
	token    string
}

// newRig starts everything. The settings are Postgres's, env is the service's.
func newRig(t *testing.T, settings map[string]string, env ...string) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // started by root, Postgres runs as another user
		t.Fatal(err)
	}
	r := &rig{t: t, binary: filepath.Join(dir, "sales"), client: &http.Client{Timeout: 20 * time.Second}}
	if out, err := exec.Command("go", "build", "-o", r.binary,
		"../../../api/services/sales").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	r.postgres = postgres.Config{Dir: filepath.Join(dir, "db"), Port: freePort(t), Log: io.Discard, Settings: settings}
	r.startPostgres()
	t.Cleanup(func() { _ = r.server.Stop() })

	keys := filepath.Join(dir, "keys")
	_, err := keystore.Generate(keys, 2048)
	r.must(err)
	db := r.open()
	defer db.Close()
	_, err = migrate.Up(t.Context(), db)
	r.must(err)
	r.token = r.organiser(db, keys)

	api := fmt.Sprint("127.0.0.1:", freePort(t))
	r.url = "http://" + api
	r.env = append(os.Environ(),
		"SALES_DB_URL="+r.server.URL(), "SALES_WEB_API_HOST="+api,
		"SALES_WEB_DEBUG_HOST=127.0.0.1:"+strconv.Itoa(freePort(t)),
		"SALES_AUTH_KEYS="+keys, "SALES_AUTH_TOKEN_LIFE="+tokenLife.String(), "SALES_LOG_LEVEL=ERROR",
		"SALES_LIMIT_WRITE_RATE=0") // one account does what a whole market does
	r.env = append(r.env, env...)
	r.startService()
	t.Cleanup(func() { r.kill(r.cmd.Process.Pid); _ = r.cmd.Wait() })

	target, err := url.Parse(r.url)
	r.must(err)
	forward := &httputil.ReverseProxy{
		Rewrite:  func(p *httputil.ProxyRequest) { p.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // a service that was killed is not news here
	}
	r.loser = &loser{next: forward, oneIn: 4}
	r.proxy = httptest.NewServer(r.loser)
	t.Cleanup(r.proxy.Close)
	return r
}

// tokenLife is longer than any test.
const tokenLife = 24 * time.Hour

// organiser makes an ADMIN and a token that outlives the test.
func (r *rig) organiser(db sqldb.DB, keys string) string {
	ctx := r.t.Context()
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(r.t), Now: clock.Now})
	hash, err := b.Users.HashPassword(ctx, "Organiser", "organiser@x.org", password.Given(apptest.Password))
	r.must(err)
	var u userbus.User
	r.must(b.InTx(ctx, func(ctx context.Context, d business.Domains) (err error) {
		u, err = d.Users.Create(ctx, userbus.NewUser{Name: "Organiser", Email: "organiser@x.org",
			Roles: role.NewSet(role.Admin), PasswordHash: hash})
		return err
	}))
	store, err := keystore.Open(keys)
	r.must(err)
	tokens, err := auth.NewTokens(auth.TokenConfig{Issuer: "garagesale", Audience: "sales-api", Life: tokenLife},
		store, clock.Now)
	r.must(err)
	token, _, err := tokens.Issue(request.Actor{ID: u.ID, Roles: u.Roles, AuthAt: time.Now().Add(tokenLife)}, u.Generation)
	r.must(err)
	return token
}

func (r *rig) startPostgres() {
	r.t.Helper()
	var err error
	r.server, err = postgres.Start(context.WithoutCancel(r.t.Context()), r.postgres)
	r.must(err)
}

// killPostgres ends the server and each of its processes at once, and starts it again.
func (r *rig) killPostgres() {
	pid := r.server.PID()
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // elsewhere they end by themselves
	r.kill(pid)
	for child := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			r.kill(n)
		}
	}
	<-r.server.Done()
	r.startPostgres()
}

func (r *rig) startService() {
	r.t.Helper()
	r.cmd = exec.Command(r.binary)
	r.cmd.Env = r.env
	r.cmd.Stdout, r.cmd.Stderr = io.Discard, os.Stderr
	r.must(r.cmd.Start())
	deadline := time.Now().Add(time.Minute)
	for {
		res, err := r.client.Get(r.url + "/v1/readiness")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the service does not get ready: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// killService ends the service at once, and starts it again.
func (r *rig) killService() {
	r.kill(r.cmd.Process.Pid)
	_ = r.cmd.Wait()
	r.startService()
}

func (r *rig) kill(pid int) {
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		r.t.Errorf("kill %d: %v", pid, err)
	}
}

// ask asks through the proxy; what has no key, and so cannot be repeated, goes past it.
func (r *rig) ask(method, path, key string, body any) (apptest.Answer, error) {
	var b io.Reader
	if body != nil {
		b = strings.NewReader(encode(body))
	}
	base := r.proxy.URL
	if key == "" {
		base = r.url
	}
	req, err := http.NewRequest(method, base+path, b)
	if err != nil {
		return apptest.Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return apptest.Answer{}, err
	}
	defer res.Body.Close()
	var buf bytes.Buffer
	_, err = buf.ReadFrom(res.Body)
	return apptest.Answer{Status: res.StatusCode, Header: res.Header, Body: buf.Bytes()}, err
}

func (r *rig) open() sqldb.DB {
	db, err := sqldb.Open(r.t.Context(), sqldb.Config{URL: r.server.URL(), MaxConns: 2})
	r.must(err)
	return db
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// await returns when it is so, and fails the test when that takes too long.
func (r *rig) await(what string, so func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
