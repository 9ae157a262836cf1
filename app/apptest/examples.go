package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/testenv"
)

// Recorder asks the service and keeps each request and its answer as the example of an operation. What the example
// needs of other domains is made with the World's short ways, which are not recorded. Ids and times count from a fixed
// start, so that they are the same each time, whatever other domains do.
type Recorder struct {
	*World
	T        *testing.T
	clock    atomic.Int64
	examples map[string]example
	ids      map[string]string
	token    string
}

// example is one of a rest.API's.
type example struct {
	Request  json.RawMessage `json:"request,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
	Text     string          `json:"text,omitempty"` // a response that is not JSON
}

var (
	volatile = regexp.MustCompile(`"(accessToken|refreshToken|token|nextCursor|gomaxprocs|build|n|kid|traceID|` +
		`traceparent|secret|nextAt|key|uri|issuer|recoveryCodes|challenge|clientDataJSON|attestationObject|` +
		`authenticatorData|signature|userHandle)":("[^"]*"|[0-9]+|\[[^]]*\])`)
	sixDigits = regexp.MustCompile(`"code":"[0-9]{6}"`)                    // of a second factor
	handles   = regexp.MustCompile(`"(id|rawId)":"([\w-]{43}|[\w-]{22})"`) // of passkeys, and of accounts for them
	retry     = regexp.MustCompile(`(?m)^retry: [0-9]+`)
	fixed     = map[string]string{ //nolint:gosec // no credentials, but what stands for them
		"accessToken": `"eyJhbGciOiJSUzI1NiIsImtpZCI6…"`, "refreshToken": `"9VbK2pXq…"`, "token": `"vN4cT8mW…"`,
		"nextCursor": `"eyJiIjoxMjM0NSwidiI6M…"`,
		"gomaxprocs": "2", "build": `"4f2a91c"`, "n": `"0vx7agoebGcQSuu…"`, "kid": `"2026-05-01"`,
		"traceID": `"4bf92f3577b34da6a3ce929d0e0e4736"`,
		"secret":  `"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`, "nextAt": `"2026-05-30T08:01:05Z"`,
		"key": `"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"`,
		"uri": `"otpauth://totp/Garage%20sale:ada@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP` +
			`\u0026issuer=Garage%20sale"`,
		"issuer":        `"https://accounts.example.com"`,
		"recoveryCodes": `["K4QD-7RZM-2XNA-PW3T","…"]`,
		"challenge":     `"kPzW3t0u8mJxq1Lr5c2VbG7nYsDhEaFi9oTQK4wXUZ0"`, "clientDataJSON": `"eyJ0eXBlIjoid2ViYXV0aG4"`,
		"attestationObject": `"o2NmbXRkbm9uZWdhdHRTdG10oA"`, "authenticatorData": `"SZYN5YgOjGh0NBcPZHZgW4"`,
		"signature": `"MEUCIQDk7yZ2s3Hk"`, "userHandle": `"AZfBsn0QcACAAAAAAAAAAQ"`,
		"traceparent": `"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"`,
	}
)

// record plays the examples in a world of their own. They must be those of the operations, and what examples.json
// holds: run `make docs` when they changed on purpose.
func (s Suite) record(t *testing.T, operations []string) {
	if s.Examples == nil {
		return // Gaps tells whether that is right
	}
	r := &Recorder{T: t, examples: map[string]example{}, ids: map[string]string{}}
	start := time.Date(2026, 5, 30, 8, 0, 0, 0, time.UTC)
	service := NewWith(t, Options{Verify: s.Mailed, Mails: s.Mailed,
		Now: func() time.Time { return start.Add(time.Duration(r.clock.Load())) }})
	r.World = &World{Service: service, Root: service.AddUser(t, "ada@example.com", role.Admin)}
	r.As(r.Root)
	s.Examples(r)
	if got := slices.Sorted(maps.Keys(r.examples)); !slices.Equal(got, operations) {
		t.Errorf("Examples has %v, the operations are %v", got, operations)
	}
	got, err := json.MarshalIndent(r.examples, "", "  ")
	must(t, err)
	testenv.Current(t, "examples.json", append(got, '\n'))
}

// As says who asks from here on: at first Root, and User{} is nobody.
func (r *Recorder) As(u User) { r.token = u.Token }

// Do asks, 10 seconds after the last time, and keeps the request and the answer under the operationId. The body is JSON
// as it shall be shown, "" for none.
func (r *Recorder) Do(id string, want int, method, path, body string, headers ...string) Object {
	r.T.Helper()
	r.clock.Add(int64(10 * time.Second))
	var raw any
	if body != "" {
		raw = body
	}
	a := r.OK(r.T, want, nil, method, path, r.token, raw, headers...)
	e := example{}
	if body != "" {
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(body)); err != nil {
			r.T.Fatalf("%v: %s", err, body)
		}
		e.Request = r.plain(b.Bytes())
	}
	var out Object
	switch {
	case len(a.Body) == 0:
	case strings.HasPrefix(a.Header.Get("Content-Type"), "application/json"):
		e.Response = r.plain(a.Body)
		a.JSON(r.T, &out)
	default:
		e.Text = string(r.plain(a.Body))
		if strings.HasPrefix(e.Text, "<!doctype html>") {
			e.Text = "<!doctype html>…"
		}
	}
	r.examples[id] = e
	return out
}

// plain replaces what is different each time by something that is always the same.
func (r *Recorder) plain(raw []byte) []byte {
	raw = volatile.ReplaceAllFunc(raw, func(m []byte) []byte {
		if bytes.HasPrefix(m, []byte(`"token":"gs_`)) {
			return []byte(`"token":"gs_5yPqXb…"`)
		}
		name := string(volatile.FindSubmatch(m)[1])
		return []byte(`"` + name + `":` + fixed[name])
	})
	raw = handles.ReplaceAll(raw, []byte(`"$1":"q7Xb0mTzG5dVfYwJk2sLhA"`))
	raw = sixDigits.ReplaceAll(raw, []byte(`"code":"492039"`))
	raw = retry.ReplaceAll(raw, []byte("retry: 2000"))
	return anyID.ReplaceAllFunc(raw, func(id []byte) []byte {
		known, ok := r.ids[string(id)]
		if !ok {
			known = fmt.Sprintf("0197c1b2-7d10-7000-8000-%012x", len(r.ids)+1)
			r.ids[string(id)] = known
		}
		return []byte(known)
	})
}
