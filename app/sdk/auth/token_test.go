package auth_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/types/role"
)

var (
	begin  = time.Date(2026, 5, 30, 9, 0, 0, 0, time.UTC)
	me     = request.Actor{ID: uuid.MustParse("0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d"), Roles: role.NewSet(role.Cashier)}
	keyA   = newKey()
	keyB   = newKey()
	config = auth.TokenConfig{Issuer: "garagesale", Audience: "sales-api", Life: 15 * time.Minute}
)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// keys are those of a service: a signs.
type keys map[string]*rsa.PrivateKey

func (k keys) Signer() (string, *rsa.PrivateKey) { return "a", k["a"] }

func (k keys) PublicKey(kid string) (*rsa.PublicKey, bool) {
	key, ok := k[kid]
	if !ok {
		return nil, false
	}
	return &key.PublicKey, true
}

// gate is a route that a CASHIER may take.
type gate struct {
	*auth.Tokens
	keys    keys
	revoked *auth.Revoked
	now     time.Time
	handler http.Handler
	load    func() (map[uuid.UUID]int64, error) // what other replicas revoked
	// loadSince, if not nil, is load for those who care about since.
	loadSince func(since time.Time) map[uuid.UUID]int64
}

var policy = sync.OnceValues(func() (*auth.Policy, error) { return auth.NewPolicy(context.Background(), auth.Admins) })

func newGate(t *testing.T, action string) *gate {
	t.Helper()
	g := &gate{keys: keys{"a": keyA}, now: begin, load: func() (map[uuid.UUID]int64, error) { return nil, nil }}
	now := func() time.Time { return g.now }
	var err error
	g.Tokens, err = auth.NewTokens(config, g.keys, now)
	check(t, err)
	p, err := policy()
	check(t, err)
	g.revoked = auth.NewRevoked(func(_ context.Context, since time.Time) (map[uuid.UUID]int64, error) {
		if g.loadSince != nil {
			return g.loadSince(since), nil
		}
		return g.load()
	}, config.Life, now)
	check(t, g.revoked.Read(t.Context()))
	g.handler = mid.Guard(auth.New(g.Tokens, p, g.revoked, nil), rest.Op{Action: action})(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		}))
	return g
}

// ask returns the answer and what the log will know.
func (g *gate) ask(authorization string) (*httptest.ResponseRecorder, *request.Info) {
	r := httptest.NewRequest("POST", "/", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w, info := httptest.NewRecorder(), &request.Info{}
	g.handler.ServeHTTP(w, r.WithContext(request.With(r.Context(), info)))
	return w, info
}

func (g *gate) issue(t *testing.T) string {
	t.Helper()
	token, life, err := g.Issue(me, 1)
	check(t, err)
	if life != config.Life {
		t.Errorf("life %v", life)
	}
	return token
}

type claims = map[string]any

// forge signs any header and claims: with an RSA key, with a secret, or not at all.
func forge(t *testing.T, header, body claims, key any) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		check(t, err)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(body)
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	switch k := key.(type) {
	case *rsa.PrivateKey:
		var err error
		sig, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
		check(t, err)
	case []byte:
		h := hmac.New(sha256.New, k)
		h.Write([]byte(text))
		sig = h.Sum(nil)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func good() claims {
	return claims{
		"iss": "garagesale", "aud": "sales-api", "sub": me.ID.String(), "roles": []string{"CASHIER"}, "gen": 1,
		"iat": begin.Unix(), "nbf": begin.Unix(), "exp": begin.Add(time.Minute).Unix(),
	}
}

func without(c claims, name string) claims {
	delete(c, name)
	return c
}

func with(c claims, name string, v any) claims {
	c[name] = v
	return c
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	rs256 := claims{"alg": "RS256", "typ": "JWT", "kid": "a"}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(&keyA.PublicKey))})
	whole := forge(t, rs256, good(), keyA)
	parts := strings.Split(whole, ".")
	admin := strings.Split(forge(t, rs256, with(good(), "roles", []string{"ADMIN"}), keyB), ".")
	for name, tt := range map[string]struct{ token, why string }{
		"alg none":                  {forge(t, claims{"alg": "none", "kid": "a"}, good(), nil), "signing method"},
		"alg None":                  {forge(t, claims{"alg": "None", "kid": "a"}, good(), nil), "signing method"},
		"HS256 with the public key": {forge(t, claims{"alg": "HS256", "kid": "a"}, good(), public), "signing method"},
		"HS256 with the modulus": {forge(t, claims{"alg": "HS256", "kid": "a"}, good(), keyA.N.Bytes()),
			"signing method"},
		"RS512 in name": {forge(t, claims{"alg": "RS512", "kid": "a"}, good(), keyA), "signing method"},
		"another key":   {forge(t, rs256, good(), keyB), "signature"},
		"another key in the header": {forge(t, claims{"alg": "RS256", "kid": "a", "jwk": claims{"kty": "RSA"}}, good(),
			keyB), "signature"},
		"unknown kid":     {forge(t, claims{"alg": "RS256", "kid": "b"}, good(), keyB), "no key"},
		"kid is a path":   {forge(t, claims{"alg": "RS256", "kid": "../a"}, good(), keyB), "no key"},
		"no kid":          {forge(t, claims{"alg": "RS256"}, good(), keyA), "no key"},
		"kid is a number": {forge(t, claims{"alg": "RS256", "kid": 7}, good(), keyA), "no key"},
		"changed payload": {parts[0] + "." + admin[1] + "." + parts[2], "signature"},
		"no signature":    {parts[0] + "." + parts[1] + ".", "signature"},
		"two parts":       {parts[0] + "." + parts[1], "malformed"},
		"other issuer":    {forge(t, rs256, with(good(), "iss", "somebody"), keyA), "issuer"},
		"no issuer":       {forge(t, rs256, without(good(), "iss"), keyA), "iss"},
		"other audience":  {forge(t, rs256, with(good(), "aud", "other-api"), keyA), "audience"},
		"no audience":     {forge(t, rs256, without(good(), "aud"), keyA), "aud"},
		"expired":         {forge(t, rs256, with(good(), "exp", begin.Add(-time.Second).Unix()), keyA), "expired"},
		"without expiry":  {forge(t, rs256, without(good(), "exp"), keyA), "exp"},
		"not yet valid": {forge(t, rs256, with(good(), "nbf", begin.Add(time.Minute).Unix()), keyA),
			"not valid yet"},
		"issued in the future": {forge(t, rs256, with(good(), "iat", begin.Add(time.Minute).Unix()), keyA),
			"before issued"},
		"issued too long ago": {forge(t, rs256, with(with(good(), "iat", begin.Add(-config.Life).Unix()), "exp",
			begin.Add(24*time.Hour).Unix()), keyA), "too long ago"},
		"no time of issue":           {forge(t, rs256, without(good(), "iat"), keyA), "when it was issued"},
		"no subject":                 {forge(t, rs256, without(good(), "sub"), keyA), "subject"},
		"nobody":                     {forge(t, rs256, with(good(), "sub", uuid.Nil.String()), keyA), "subject"},
		"subject is no id":           {forge(t, rs256, with(good(), "sub", "admin"), keyA), "subject"},
		"a role that does not exist": {forge(t, rs256, with(good(), "roles", []string{"ROOT"}), keyA), "must be one of"},
		"100 kB":                     {forge(t, rs256, with(good(), "x", strings.Repeat("x", 100_000)), keyA), "too long"},
		"100 kB of dots":             {strings.Repeat(".", 100_000), "too long"},
		"nothing":                    {"", "malformed"},
		"garbage":                    {"\xff\xfe", "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, info := newGate(t, "sale.create").ask("Bearer " + tt.token)
			var p rest.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 401 || p.Code != "bad_token" ||
				w.Header().Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			if info.Err == nil || !strings.Contains(info.Err.Error(), tt.why) || info.Actor.ID != uuid.Nil {
				t.Errorf("the log says %v, want %q; actor %v", info.Err, tt.why, info.Actor)
			}
			if strings.Contains(w.Body.String(), tt.why) {
				t.Errorf("the client learns why: %s", w.Body)
			}
			if tt.token != "" && len(tt.token) < 5000 && strings.Contains(info.Err.Error(), tt.token) {
				t.Errorf("the log shows the token: %v", info.Err)
			}
		})
	}
	// The same, unharmed.
	g := newGate(t, "sale.create")
	if w, info := g.ask("Bearer " + whole); w.Code != http.StatusTeapot || info.Actor.ID != me.ID ||
		!slices.Equal(info.Actor.Roles, me.Roles) {
		t.Errorf("a good token: %d %s %+v", w.Code, w.Body, info.Actor)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sale.create")
	token := g.issue(t)
	for header, want := range map[string]int{
		"Bearer " + token: 418, "bearer " + token: 418, "": 401, "Bearer": 401, "Bearer  " + token: 401, token: 401,
		"Basic " + token: 401, "Bearer " + token + " x": 401,
	} {
		w, _ := g.ask(header)
		if w.Code != want || (want == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%.20s…: %d %v", header, w.Code, w.Header())
		}
	}
	if w, _ := newGate(t, "market.create").ask("Bearer " + token); w.Code != 403 {
		t.Errorf("a cashier makes markets: %d", w.Code)
	}
	// A broken token is refused on public routes too, except where the header is no token at all.
	if w, _ := newGate(t, "market.read").ask("Bearer x"); w.Code != 401 {
		t.Errorf("a broken token on a public route: %d", w.Code)
	}
	if w, _ := newGate(t, auth.ActionLogin).ask("Basic x"); w.Code != 418 {
		t.Errorf("login: %d", w.Code)
	}
}

// TestCache: a token that was verified before is still refused once it has expired, its key is retired or its session
// ended.
func TestCache(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end func(*testing.T, *gate)
		why string
	}{
		"expired":     {func(_ *testing.T, g *gate) { g.now = begin.Add(config.Life) }, "expired"},
		"key retired": {func(_ *testing.T, g *gate) { delete(g.keys, "a") }, "no key"},
		"revoked":     {func(_ *testing.T, g *gate) { g.revoked.Add(me.ID, 2) }, "revoked"},
		"revoked elsewhere": {func(t *testing.T, g *gate) {
			g.load = func() (map[uuid.UUID]int64, error) { return map[uuid.UUID]int64{me.ID: 2}, nil }
			check(t, g.revoked.Read(t.Context()))
		}, "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "sale.create")
			token := "Bearer " + g.issue(t)
			for range 3 {
				if w, _ := g.ask(token); w.Code != http.StatusTeapot {
					t.Fatalf("before: %d %s", w.Code, w.Body)
				}
			}
			tt.end(t, g)
			for range 2 {
				if w, info := g.ask(token); w.Code != 401 || !strings.Contains(info.Err.Error(), tt.why) {
					t.Errorf("after: %d %v", w.Code, info.Err)
				}
			}
		})
	}
}

// TestOneSpelling: base64 has one spelling of the same bytes (RFC 7515, 2), so that nobody makes another token of one:
// every other last character is refused, padding too, and line breaks.
func TestOneSpelling(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sale.create")
	whole := forge(t, claims{"alg": "RS256", "typ": "JWT", "kid": "a"}, good(), keyA)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	parts := strings.Split(whole, ".")
	var others []string
	for i, part := range parts {
		spell := func(as string) {
			other := slices.Clone(parts)
			other[i] = as
			others = append(others, strings.Join(other, "."))
		}
		last := part[len(part)-1:]
		for c := range strings.SplitSeq(alphabet, "") {
			if c != last {
				spell(part[:len(part)-1] + c)
			}
		}
		for _, as := range []string{part + "=", part + "==",
			part + "\n", part[:3] + "\r\n" + part[3:], part + " ", part + "A"} {
			spell(as)
		}
	}
	for _, other := range others {
		if w, info := g.ask("Bearer " + other); w.Code != 401 {
			t.Errorf("%q is taken for %q: %d, %v", other, whole, w.Code, info.Err)
		}
	}
	if w, info := g.ask("Bearer " + whole); w.Code != http.StatusTeapot {
		t.Errorf("the token itself: %d %v", w.Code, info.Err)
	}
}

// TestLife: whatever a token says, it is good for Life after it was issued, so that no revocation is forgotten before:
// the 24 hours of one are 15 minutes.
func TestLife(t *testing.T) {
	t.Parallel()
	rs256 := claims{"alg": "RS256", "typ": "JWT", "kid": "a"}
	for about, says := range map[string]time.Duration{"longer": 24 * time.Hour, "as long": config.Life} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "sale.create")
			token := "Bearer " + forge(t, rs256, with(good(), "exp", begin.Add(says).Unix()), keyA)
			other := "Bearer " + forge(t, rs256, with(with(good(), "exp", begin.Add(says).Unix()), "jti", "x"), keyA)
			g.now = begin.Add(config.Life - time.Microsecond)
			if w, _ := g.ask(token); w.Code != http.StatusTeapot {
				t.Errorf("before its end: %d %s", w.Code, w.Body)
			}
			g.now = begin.Add(config.Life)
			for about, token := range map[string]string{"seen before": token, "not seen before": other} {
				if w, _ := g.ask(token); w.Code != 401 {
					t.Errorf("at its end, %s: %d", about, w.Code)
				}
			}
		})
	}
}

// TestRememberedAsLong: a revocation is remembered, and looked for in the database, as long as any token that was good
// when it was made, and a margin longer, for clocks that differ: at each of these moments the account's token is
// refused, on the replica that ended it and on one that starts then.
func TestRememberedAsLong(t *testing.T) {
	t.Parallel()
	rs256 := claims{"alg": "RS256", "typ": "JWT", "kid": "a"}
	token := "Bearer " + forge(t, rs256, with(good(), "exp", begin.Add(24*time.Hour).Unix()), keyA)
	for _, after := range []time.Duration{0, config.Life - time.Second, config.Life, config.Life + time.Minute,
		config.Life + time.Minute + time.Microsecond, 30 * time.Minute, 23 * time.Hour} {
		for _, restarted := range []bool{false, true} {
			g := newGate(t, "sale.create")
			if restarted {
				g.loadSince = func(since time.Time) map[uuid.UUID]int64 {
					if begin.Before(since) {
						return nil
					}
					return map[uuid.UUID]int64{me.ID: 2}
				}
			} else {
				g.revoked.Add(me.ID, 2)
			}
			g.now = begin.Add(after)
			check(t, g.revoked.Read(t.Context()))
			if w, _ := g.ask(token); w.Code != 401 {
				t.Errorf("%s after it was ended, restarted %t: %d, want 401", after, restarted, w.Code)
			}
			if known := g.revoked.Has(me.ID, 1); known != (after <= config.Life+time.Minute) {
				t.Errorf("%s after it was ended, restarted %t: it is known: %t", after, restarted, known)
			}
		}
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	g := newGate(t, "sale.create")
	if g.revoked.Has(me.ID, 0) {
		t.Error("nobody was revoked")
	}
	g.revoked.Add(me.ID, 3)
	g.revoked.Add(me.ID, 2) // comes late
	if !g.revoked.Has(me.ID, 2) || g.revoked.Has(me.ID, 3) || g.revoked.Has(uuid.New(), 1) {
		t.Error("generations below 3 are ended, and nobody else's")
	}
	broken := errors.New("no database")
	g.load = func() (map[uuid.UUID]int64, error) { return nil, broken }
	if err := g.revoked.Read(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
	g.load = func() (map[uuid.UUID]int64, error) { return map[uuid.UUID]int64{me.ID: 2}, nil } // an old copy
	check(t, g.revoked.Read(t.Context()))
	if !g.revoked.Has(me.ID, 2) {
		t.Error("what was known is forgotten")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestUnknownIs503: while it is not known what is revoked, the client is told to come back, not to log in again.
func TestUnknownIs503(t *testing.T) {
	t.Parallel()
	g := newGate(t, "market.read")
	p, err := policy()
	check(t, err)
	unread := auth.NewRevoked(func(context.Context, time.Time) (map[uuid.UUID]int64, error) { return g.load() },
		config.Life, func() time.Time { return g.now })
	g.handler = mid.Guard(auth.New(g.Tokens, p, unread, nil), rest.Op{Action: "market.read"})(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	bearer := "Bearer " + g.issue(t)
	if w, _ := g.ask(bearer); w.Code != 503 || w.Header().Get("Retry-After") == "" ||
		w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("unknown: %d %v, want 503 with Retry-After and no challenge", w.Code, w.Header())
	}
	if w, _ := g.ask(""); w.Code != 204 {
		t.Errorf("nobody: %d, want 204", w.Code)
	}
	check(t, unread.Read(t.Context()))
	if w, _ := g.ask(bearer); w.Code != 204 {
		t.Errorf("known: %d, want 204", w.Code)
	}
}
