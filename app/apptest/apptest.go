package apptest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/domain/checkapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/mail"
	"github.com/garagesale/service/foundation/openid"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/testenv"
)

// Password is that of every account that AddUser makes.
const Password = "correct horse battery"

// Origin is where the pages of the service under test are.
const Origin = "https://sales.example.com"

// Service is the service under test.
type Service struct {
	URL      string
	Business business.Business
	DB       sqldb.DB
	Auth     *auth.Auth
	Tokens   *auth.Tokens
	Routes   []rest.Route
	Log      *testenv.Buffer // every line of the log
	Draining *atomic.Bool
	HangUp   func() // ends the streams
	Handler  http.Handler
	OpenID   openid.Providers // none; a test adds some before it asks for them

	now     func() time.Time
	mails   chan mail.Message
	client  *http.Client
	secrets secrets
}

// Options change what New makes; the zero Options are right for most tests.
type Options struct {
	DB      *sqldb.DB // instead of a new database
	Now     func() time.Time
	Origins []string
	Timeout time.Duration
	Wrap    func(http.Handler) http.Handler // around everything
	Tracing *otel.Provider                  // instead of one whose spans are searched for secrets
	Log     io.Writer                       // instead of Service.Log
	Hasher  *passhash.Hasher                // instead of the cheapest
	Keys    mux.Keys                        // instead of TestKey
	Limits  attempts.Config                 // instead of limits that no test reaches
	Verify  bool                            // accounts must show that their addresses are real
	Mails   bool                            // are sent, to Service.Mail
	Deaf    bool                            // hears of other replicas' revocations by asking only
	Mux     func(*mux.Config)               // changes what the options above do not name
	// Business makes it instead of business.New: tests take a guard out, to see their proof fail.
	Business func(sqldb.DB, business.Config) business.Business
}

// New starts the service over a new database.
func New(t testing.TB) *Service { return NewWith(t, Options{}) }

// NewWith starts the service.
func NewWith(t testing.TB, o Options) *Service {
	t.Helper()
	ctx := context.Background()
	s := &Service{Log: &testenv.Buffer{}, OpenID: openid.Providers{}}
	if o.DB != nil {
		s.DB = *o.DB
	} else {
		s.DB = dbtest.New(t)
	}
	o.fill(t, s)
	s.now = o.Now
	log := slog.New(slog.NewJSONHandler(o.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	const most = 100_000 // more than any test has, but for one about quotas
	party, err := passkeybus.NewParty([]string{Origin})
	must(t, err)
	s.Business = o.Business(s.DB, business.Config{Hasher: o.Hasher, Now: o.Now, Attempts: o.Limits, Passkeys: party,
		Users:   userbus.Config{Verify: o.Verify, Link: Origin},
		Members: memberbus.Config{Link: Origin},
		Quotas: quota.Config{Products: most, Families: most, Markets: most, Sessions: most,
			Webhooks: most, Members: most, Keys: most}})
	tracing := o.Tracing
	if tracing == nil {
		tracing, err = otel.Start(ctx, otel.Config{Service: "test", Exporter: &s.secrets, Ratio: 1}, log)
		must(t, err)
	}
	cfg := mux.Config{
		Log: log, Tracing: tracing, Business: s.Business, Info: checkapp.Info{Build: "test"},
		Check:   func(ctx context.Context) error { return migrate.Check(ctx, s.DB) },
		Origins: o.Origins, Timeout: o.Timeout, OpenID: s.OpenID,
	}
	if o.Mux != nil {
		o.Mux(&cfg)
	}
	login := mux.Login{Keys: o.Keys, Tokens: auth.TokenConfig{Issuer: "test", Audience: "test", Life: 15 * time.Minute},
		Now: o.Now, Listen: s.Business.Listen}
	if o.Deaf {
		login.Listen = nil
	}
	svc, err := mux.NewService(ctx, cfg, login)
	must(t, err)
	for _, f := range svc.Beside {
		beside(t, f)
	}
	if o.Mails {
		s.sendMails(t, log, tracing)
	}
	s.Auth, s.Tokens, s.Routes, s.Draining, s.HangUp = svc.Auth, svc.Tokens, svc.Routes, &svc.Draining, svc.HangUp
	h := svc.Handler
	t.Cleanup(func() { s.noSecrets(t, tracing) })
	if o.Wrap != nil {
		h = o.Wrap(h)
	}
	s.Handler = h
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	tr := srv.Client().Transport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost, tr.DisableCompression = 256, true
	t.Cleanup(tr.CloseIdleConnections)
	s.client = &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // what was answered, not where it leads
	}}
	return s
}

// fill gives every option that was left out what is right for most tests.
func (o *Options) fill(t testing.TB, s *Service) {
	t.Helper()
	if o.Now == nil {
		o.Now = clock.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = s.Log
	}
	if o.Hasher == nil {
		o.Hasher = dbtest.Hasher(t)
	}
	if o.Limits == (attempts.Config{}) {
		o.Limits = attempts.Config{PerAccount: 10_000, PerAddress: 10_000, PerHour: 10_000}
	}
	if o.Keys == nil {
		o.Keys = TestKey
	}
	if o.Business == nil {
		o.Business = business.New
	}
}

// beside runs f until the test ends.
func beside(t testing.TB, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f(ctx) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

// User is an account with a token.
type User struct {
	userbus.User
	Token string
}

// AddUser makes an account and logs it in, past HTTP.
func (s *Service) AddUser(t testing.TB, addr string, roles ...role.Role) User {
	t.Helper()
	ctx := context.Background()
	hash, err := s.Business.Users.HashPassword(ctx, "", email.Email(addr), password.Given(Password))
	must(t, err)
	var u userbus.User
	must(t, s.Business.InTx(ctx, func(ctx context.Context, d business.Domains) (err error) {
		u, err = d.Users.Create(ctx, userbus.NewUser{Name: name.Name(strings.Split(addr, "@")[0]), Email: email.Email(addr),
			Roles: role.NewSet(roles...), PasswordHash: hash})
		return err
	}))
	return User{User: u, Token: s.Token(t, u)}
}

// Now is the time at the service.
func (s *Service) Now() time.Time { return s.now() }

// Drained waits until all that has happened has its place among the events, and is told.
func (s *Service) Drained(t testing.TB) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = s.Business.Relay.Drain(context.Background())
		must(t, err)
	}
}

// Answer is what the service said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do asks the service. The body is JSON for everything but nil, []byte and string, which go as they are; headers come
// in pairs. Token "" asks as nobody.
func (s *Service) Do(t testing.TB, method, path, token string, body any, headers ...string) Answer {
	t.Helper()
	a, err := s.Try(method, path, token, body, headers...)
	must(t, err)
	return a
}

// Try is Do, where an answer that is not as documented is an error too, for those who expect the connection to fail, or
// run beside the test's goroutine.
func (s *Service) Try(method, path, token string, body any, headers ...string) (Answer, error) {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, r)
	if err != nil {
		return Answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	var raw []byte
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") && method == http.MethodGet {
		raw, err = opening(res.Body)
	} else {
		raw, err = io.ReadAll(res.Body)
	}
	s.secrets.note(raw)
	a := Answer{Status: res.StatusCode, Header: res.Header, Body: raw}
	if err != nil {
		return a, err
	}
	contract, err := TheContract()
	if err != nil {
		return a, err
	}
	return a, contract.Check(method, path, a)
}

// opening is what a stream of events begins with, up to the first blank line. The rest comes for as long as one
// listens: see Listen.
func opening(stream io.Reader) (raw []byte, err error) {
	for r := bufio.NewReader(stream); err == nil && !bytes.HasSuffix(raw, []byte("\n\n")); {
		var line []byte
		line, err = r.ReadBytes('\n')
		raw = append(raw, line...)
	}
	return raw, err
}

// OK is Do that fails the test unless the status is as wanted; the answer's JSON goes to out, if that is not nil.
func (s *Service) OK(t testing.TB, want int, out any, method, path, token string, body any, headers ...string) Answer {
	t.Helper()
	a := s.Do(t, method, path, token, body, headers...)
	if a.Status != want {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.Status, want, a.Body)
	}
	if out != nil {
		a.JSON(t, out)
	}
	return a
}

// JSON decodes the body.
func (a Answer) JSON(t testing.TB, out any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, out); err != nil {
		t.Fatalf("answer is not JSON: %v: %s", err, a.Body)
	}
}

// Problem decodes a problem+json answer and checks its form.
func (a Answer) Problem(t testing.TB) rest.Problem {
	t.Helper()
	var p rest.Problem
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("Content-Type %q of status %d is not a problem: %s", ct, a.Status, a.Body)
	}
	a.JSON(t, &p)
	if p.Status != a.Status || p.Code == "" || p.Title == "" || p.Type == "" || p.TraceID == "" {
		t.Fatalf("problem is not whole: %s", a.Body)
	}
	return p
}

// Key is a new Idempotency-Key.
func Key() string { return uuid.NewString() }

// key is one signing key for all tests, because making one takes long.
type key struct{ rsa *rsa.PrivateKey }

// TestKey signs the tokens of the tests.
var TestKey = sync.OnceValue(func() key {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key{k}
})()

func (k key) Signer() (string, *rsa.PrivateKey) { return "test", k.rsa }

func (k key) PublicKey(kid string) (*rsa.PublicKey, bool) { return &k.rsa.PublicKey, kid == "test" }

// PublicKeys is what the JWKS shows.
func (k key) PublicKeys() []keystore.PublicKey {
	return []keystore.PublicKey{{ID: "test", Key: &k.rsa.PublicKey}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
