package mux_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
)

// TestUnknownRoutes wants 404 where there is nothing, and 405 with the methods that there are.
func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	id := uuid.NewString()
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v2/markets", "/v1/market", "/v1/markets/", "/v1/markets/" + id + "/",
		"/v1/markets/" + id + "/bogus", "/V1/markets",
		"/v1/markets/" + id + "/families/" + id, "/v1//markets", "/v1/markets/../users", "/v1/auth", "/v1/auth/",
		"/v1/auth/token/x", "/v1/liveness/", "/%00", "/v1/%FF", "/v1/markets%2F" + id,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "OPTIONS", "TRACE", "FOO"} {
			a := w.Do(t, method, path, "", nil)
			if a.Status != 404 || a.Header.Get("Allow") != "" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.Status, a.Header.Get("Allow"))
			}
			if method != "HEAD" && a.Problem(t).Code != "route_not_found" {
				t.Errorf("%s %s: %s", method, path, a.Body)
			}
		}
	}

	methods := map[string][]string{}
	for _, r := range w.Routes {
		methods[r.Path] = append(methods[r.Path], r.Method)
		if r.Method == "GET" {
			methods[r.Path] = append(methods[r.Path], "HEAD")
		}
	}
	// of /v1/users/{userID}; they say that "me" is no id
	methods["/v1/users/me"] = append(methods["/v1/users/me"], "PATCH", "DELETE")
	pattern := regexp.MustCompile(`\{[^}]*\}`)
	for path, takes := range methods {
		for _, id := range []string{id, "a%2Fb", "%E2%82%AC"} {
			concrete := pattern.ReplaceAllString(path, id)
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"} {
				if slices.Contains(takes, method) {
					continue
				}
				a := w.Do(t, method, concrete, "", nil)
				allowed := strings.Split(a.Header.Get("Allow"), ", ")
				if want := slices.Sorted(slices.Values(takes)); a.Status != 405 ||
					!slices.Equal(slices.Sorted(slices.Values(allowed)), want) {
					t.Errorf("%s %s: %d, Allow %v, want %v", method, concrete, a.Status, allowed, want)
				}
				if method != "HEAD" && a.Problem(t).Code != "method_not_allowed" {
					t.Errorf("%s %s: %s", method, concrete, a.Body)
				}
			}
		}
	}
	for _, method := range []string{"PATCH", "DELETE"} {
		a := w.Do(t, method, "/v1/users/me", w.Root.Token, object{"name": "x"})
		if p := a.Problem(t); a.Status != 400 || p.Errors[0].Location != "path.userID" {
			t.Errorf("%s /v1/users/me: %s", method, a.Body)
		}
	}
}

// TestCorrelation wants Traceparent and X-Request-ID in every answer, the caller's own when they are well-formed.
func TestCorrelation(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	wellFormed := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$`)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, path := range []string{"/v1/markets", "/v1/liveness", "/bogus", "/v1/users"} {
		for given, kept := range map[string]bool{
			parent: true, strings.TrimSuffix(parent, "1") + "0": true,
			"": false, "garbage": false, strings.ToUpper(parent): false, "00-" + strings.Repeat("0", 32) +
				"-b7ad6b7169203331-01": false,
			"00-0af7651916cd43dd8448eb211c80319c-" + strings.Repeat("0", 16) + "-01": false, "ff" + parent[2:]: false,
			parent + "-extra": false, strings.Repeat("a", 5000): false,
		} {
			a := w.Do(t, "GET", path, "", nil, "Traceparent", given)
			got := a.Header.Get("Traceparent")
			if !wellFormed.MatchString(got) || strings.Contains(got, strings.Repeat("0", 32)) {
				t.Errorf("%s: Traceparent %q of %.60q is not well-formed", path, got, given)
			} else if (got[3:35] == parent[3:35]) != kept {
				t.Errorf("%s: Traceparent %q of %.60q", path, got, given)
			}
			if a.Status >= 400 && a.Problem(t).TraceID != got[3:35] {
				t.Errorf("%s: traceId %s, Traceparent %s", path, a.Problem(t).TraceID, got)
			}
		}
		for given, kept := range map[string]bool{
			"abc": true, uuid.NewString(): true, strings.Repeat("x", 128): true, "a/b;c=d": true,
			"": false, strings.Repeat("x", 129): false, "with space": false, "tab\tin": false, "é": false,
		} {
			got := w.Do(t, "GET", path, "", nil, "X-Request-ID", given).Header.Get("X-Request-ID")
			if (got == given) != kept || got == "" || len(got) > 128 {
				t.Errorf("%s: X-Request-ID %q of %q", path, got, given)
			}
		}
	}
}

// TestMediaTypes wants 415 for whatever does not call itself JSON.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := apptest.At("markets", w.Market(t))
	for contentType, want := range map[string][2]int{ // of POST and PATCH
		"application/json": {201, 200}, "application/json; charset=utf-8": {201, 200},
		"application/json ; charset=UTF-8": {201, 200}, `Application/JSON;charset="utf-8"`: {201, 200},
		"application/merge-patch+json": {415, 200}, "application/merge-patch+json; charset=utf-8": {415, 200},
		"": {415, 415}, "text/plain": {415, 415}, "application/x-www-form-urlencoded": {415, 415},
		"multipart/form-data; boundary=x": {415, 415}, "application/json; charset=latin1": {415, 415},
		"application/jsonx": {415, 415}, "application/problem+json": {415, 415}, "application/json-patch+json": {415, 415},
		"json": {415, 415}, "application/json, text/plain": {415, 415}, ";": {415, 415}, "*/*": {415, 415},
	} {
		post := w.Do(t, "POST", "/v1/markets", w.Root.Token, apptest.NewMarket(), "Content-Type", contentType)
		patch := w.Do(t, "PATCH", m, w.Root.Token, object{"name": "N"}, "Content-Type", contentType)
		for i, a := range []apptest.Answer{post, patch} {
			if a.Status != want[i] {
				t.Errorf("%q: %d, want %d: %s", contentType, a.Status, want[i], a.Body)
			}
			if a.Status == 415 && (a.Problem(t).Code != "unsupported_media_type" ||
				a.Problem(t).Errors[0].Location != "header.Content-Type") {
				t.Errorf("%q: %s", contentType, a.Body)
			}
		}
	}
	// Where no body is read, nobody asks what it is.
	w.OK(t, 200, nil, "GET", m, "", "ignored", "Content-Type", "text/plain")
	w.OK(t, 204, nil, "DELETE", m, w.Root.Token, "ignored", "Content-Type", "text/plain")
}

// TestBodyLimit wants a body of exactly 1 MiB to be read and one byte more to be refused, with and without
// Content-Length.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	m := apptest.At("markets", w.Market(t))
	padded := func(size int) string { return strings.Repeat(" ", size-12) + `{"name":"N"}` }
	for size, want := range map[int]int{1<<20 - 1: 200, 1 << 20: 200, 1<<20 + 1: 413, 2_000_000: 413} {
		a := w.Do(t, "PATCH", m, w.Root.Token, padded(size))
		if a.Status != want {
			t.Errorf("%d bytes: %d %s", size, a.Status, a.Body)
		}
		if want == 413 && (a.Problem(t).Code != "body_too_large" || a.Problem(t).Errors[0].Location != "body") {
			t.Errorf("%d bytes: %s", size, a.Body)
		}
		req, err := http.NewRequestWithContext(t.Context(), "PATCH", w.URL+m,
			struct{ *strings.Reader }{strings.NewReader(padded(size))})
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + w.Root.Token}, "Content-Type": {"application/json"}}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != want {
			t.Errorf("%d bytes in chunks: %d (%v)", size, res.StatusCode, err)
		}
	}
}

// TestHeaders wants every answer to tell browsers to be careful.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	for _, call := range [][2]string{{"GET", "/v1/markets"}, {"GET", "/v1/liveness"}, {"GET", "/v1/users"},
		{"GET", "/bogus"}, {"PUT", "/v1/markets"}, {"POST", "/v1/auth/token"}, {"POST", "/v1/auth/signup"},
		{"GET", "/v1/auth/bogus"}} {
		a := w.Do(t, call[0], call[1], "", nil)
		cache := "no-cache"
		if strings.HasPrefix(call[1], "/v1/auth/") {
			cache = "no-store"
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cache-Control":           cache,
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Vary": "Authorization",
			"Access-Control-Allow-Origin": "", "Server": "", "X-Powered-By": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%v: %s %q, want %q", call, name, got, want)
			}
		}
	}
	login := w.OK(t, 200, nil, "POST", "/v1/auth/token", "", nil, "Authorization",
		apptest.Basic(string(w.Root.Email), apptest.Password))
	if login.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a token may be kept by a cache: %v", login.Header)
	}
	// No cache keeps what was told to somebody, an error neither, but who kept it himself may ask whether it is current.
	me := w.OK(t, 200, nil, "GET", "/v1/users/me", w.Root.Token, nil)
	for _, a := range []apptest.Answer{
		me, w.OK(t, 304, nil, "GET", "/v1/users/me", w.Root.Token, nil, "If-None-Match", me.Header.Get("ETag")),
		w.OK(t, 200, nil, "GET", "/v1/markets", w.Root.Token, nil), w.OK(t, 404, nil, "GET", "/bogus", w.Root.Token, nil),
		w.OK(t, 401, nil, "GET", "/v1/markets", "nonsense", nil),
	} {
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d with a token may be kept by a cache: %v", a.Status, a.Header)
		}
	}
}

// TestChallenge wants every 401 to say how to authenticate.
func TestChallenge(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	for header, want := range map[string]string{
		"": "Bearer", "Bearer x": `Bearer error="invalid_token"`, "Bearer": `Bearer error="invalid_token"`,
		"bearer " + w.Root.Token + "x":                        `Bearer error="invalid_token"`,
		apptest.Basic(string(w.Root.Email), apptest.Password): `Bearer error="invalid_token"`,
		"Bearer " + strings.Repeat("x", 20_000):               `Bearer error="invalid_token"`,
		"Bearer  " + w.Root.Token:                             `Bearer error="invalid_token"`,
	} {
		for _, path := range []string{"/v1/users/me", "/v1/users"} {
			a := w.Do(t, "GET", path, "", nil, "Authorization", header)
			if got := a.Header.Get("WWW-Authenticate"); a.Status != 401 || got != want {
				t.Errorf("%.40q: %d, WWW-Authenticate %q, want %q", header, a.Status, got, want)
			}
			apptest.RefusedWell(t, header, a)
		}
		// A broken token is refused where none is needed, too.
		if a := w.Do(t, "GET", "/v1/markets", "", nil, "Authorization", header); (a.Status == 401) != (header != "") {
			t.Errorf("%.40q on a public route: %d", header, a.Status)
		}
	}
	// RFC 9110, 11.1: the scheme in any case
	w.OK(t, 200, nil, "GET", "/v1/users/me", "", nil, "Authorization", "bearer "+w.Root.Token)
	for _, header := range []string{"", "Basic", "Basic !", "Basic " + strings.Repeat("A", 10_000),
		"Bearer " + w.Root.Token, apptest.Basic("", ""), apptest.Basic("u1@x.org", ""),
		apptest.Basic("nobody@x.org", apptest.Password),
		apptest.Basic("\x00", "\xff"), apptest.Basic("u1@x.org\x00", apptest.Password)} {
		a := w.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", header)
		if got := a.Header.Get("WWW-Authenticate"); a.Status != 401 || got != `Basic realm="sales", charset="UTF-8"` {
			t.Errorf("login with %.40q: %d, WWW-Authenticate %q", header, a.Status, got)
		}
		apptest.RefusedWell(t, header, a)
	}
	// What cannot be read as text is refused without coming back.
	if a := w.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", "Basic s3cret\xff"); a.Status >= 500 ||
		strings.Contains(string(a.Body), "s3cret") {
		t.Errorf("a header came back: %s", a.Body)
	}
}

// TestCORS wants other origins' pages to be served when they are listed, and only then.
func TestCORS(t *testing.T) {
	t.Parallel()
	const good = "https://shop.example.com"
	off, on := apptest.NewWorld(t, apptest.Options{}), apptest.NewWorld(t, apptest.Options{Origins: []string{good}})
	preflight := []string{"Origin", good, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers",
		"authorization,content-type,if-match"}
	if a := off.Do(t, "OPTIONS", "/v1/markets", "", nil, preflight...); a.Status != 405 ||
		a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("off: %d %v", a.Status, a.Header)
	}
	a := on.Do(t, "OPTIONS", "/v1/markets/"+uuid.NewString(), "", nil, preflight...)
	if a.Status != 204 || a.Header.Get("Access-Control-Allow-Origin") != good ||
		a.Header.Get("Access-Control-Allow-Methods") != "PATCH" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %d %v", a.Status, a.Header)
	}
	for _, origin := range []string{"https://evil.example.com", "http://shop.example.com",
		"https://shop.example.com.evil.org", "https://SHOP.example.com:8443", "null"} {
		preflight[1] = origin
		if a := on.Do(t, "OPTIONS", "/v1/markets", "", nil, preflight...); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("preflight of %s: %v", origin, a.Header)
		}
		if a := on.Do(t, "GET", "/v1/markets", "", nil, "Origin", origin); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", origin, a.Header)
		}
	}
	for path, status := range map[string]int{"/v1/markets": 200, "/v1/users": 401, "/bogus": 404} {
		a := on.Do(t, "GET", path, "", nil, "Origin", good)
		if a.Status != status || a.Header.Get("Access-Control-Allow-Origin") != good ||
			!strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("%s: %d %v", path, a.Status, a.Header)
		}
		for _, name := range []string{"ETag", "Location", "Link", "Retry-After", "X-Request-Id", "Traceparent",
			"Idempotency-Replayed"} {
			if !strings.Contains(strings.ToLower(a.Header.Get("Access-Control-Expose-Headers")), strings.ToLower(name)) {
				t.Errorf("%s: %s is not exposed", path, name)
			}
		}
	}
}

// TestSeveralLines wants a list of tags to be one list, on however many header lines it stands.
func TestSeveralLines(t *testing.T) {
	t.Parallel()
	w := apptest.NewWorld(t, apptest.Options{})
	path := apptest.At("markets", w.Market(t))
	tag := w.OK(t, 200, nil, "GET", path, "", nil).Header.Get("ETag")
	for method, want := range map[string]int{"GET": 304, "PATCH": 200} {
		req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		header := map[string]string{"GET": "If-None-Match", "PATCH": "If-Match"}[method]
		req.Header = http.Header{"Authorization": {"Bearer " + w.Root.Token}, "Content-Type": {"application/json"},
			header: {`"x"`, tag}}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != want {
			t.Errorf("%s: %d, want %d (%v)", method, res.StatusCode, want, err)
		}
	}
}
