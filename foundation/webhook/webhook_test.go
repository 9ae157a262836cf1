package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/garagesale/service/foundation/webhook"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func send(t *testing.T, s *webhook.Sender, m webhook.Message) webhook.Result {
	t.Helper()
	r, err := s.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func message(url string, secrets ...string) webhook.Message {
	if secrets == nil {
		secrets = []string{webhook.NewSecret()}
	}
	return webhook.Message{ID: "0197c1b2-7d10-7000-8000-000000000001", URL: url, Secrets: secrets,
		Traceparent: "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", Body: []byte(`{"a": 1}`)}
}

// TestSigned: the specification's own verifier accepts what is sent by each of the secrets, and by no other; the body
// comes byte for byte.
func TestSigned(t *testing.T) {
	t.Parallel()
	old, current, other := webhook.NewSecret(), webhook.NewSecret(), webhook.NewSecret()
	got := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		err := error(nil)
		for secret, good := range map[string]bool{old: true, current: true, other: false} {
			hook, _ := standardwebhooks.NewWebhook(secret)
			if verified := hook.Verify(body, r.Header); (verified == nil) != good {
				err = fmt.Errorf("a secret that is good (%v): %v", good, verified)
			}
		}
		m := message("")
		if r.Method != "POST" || string(body) != string(m.Body) || r.Header.Get("Traceparent") != m.Traceparent ||
			r.Header.Get("Webhook-Id") != m.ID || r.Header.Get("Content-Type") != "application/json" ||
			!strings.HasPrefix(r.UserAgent(), "garagesale-webhooks/") || r.Header.Get("Cookie") != "" {
			err = fmt.Errorf("%s %q %v", r.Method, body, r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.WriteHeader(204)
		got <- err
	}))
	defer srv.Close()
	s := webhook.New(webhook.Config{Allow: loopback})
	for range 2 { // the second time without the cookie
		r := send(t, s, message(srv.URL, current, old))
		if err := <-got; err != nil || r.Status != 204 || r.Failure != "" {
			t.Errorf("%v, %+v", err, r)
		}
	}
}

// TestFailures: each is told apart, and takes no longer than an attempt may.
func TestFailures(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	mux.HandleFunc("/302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/200", http.StatusFound) })
	mux.HandleFunc("/200", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { <-hang })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-hang
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 20 {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 1<<20))
	})
	srv, untrusted := httptest.NewServer(mux), httptest.NewTLSServer(mux)
	defer srv.Close()
	defer untrusted.Close()
	defer close(hang) // before the servers, which wait for their handlers
	gone := httptest.NewServer(mux)
	gone.Close()
	for url, want := range map[string]webhook.Result{
		srv.URL + "/200": {Status: 200}, srv.URL + "/long": {Status: 200},
		srv.URL + "/500":  {Status: 500, Failure: webhook.FailedStatus},
		srv.URL + "/302":  {Status: 302, Failure: webhook.FailedStatus}, // which is not followed
		srv.URL + "/hang": {Failure: webhook.FailedTimeout}, srv.URL + "/drip": {Status: 200, Failure: webhook.FailedTimeout},
		srv.URL + "/headers": {Failure: webhook.FailedConnection}, gone.URL: {Failure: webhook.FailedConnection},
		untrusted.URL + "/200": {Failure: webhook.FailedTLS},
	} {
		s := webhook.Within(webhook.New(webhook.Config{Allow: loopback}), 3*time.Second)
		began := time.Now()
		r := send(t, s, message(url))
		if took := time.Since(began); took > 9*time.Second || r.Took > took {
			t.Errorf("%s: took %v, said %v", url, took, r.Took)
		}
		if r.Took = 0; r != want {
			t.Errorf("%s: %+v, want %+v", url, r, want)
		}
	}
}

// hostile are URLs that lead, or may lead, to machines that are not on the public internet, or hold what a URL should
// not.
var hostile = []string{
	"http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "example.com", "",
	"//example.com/", "https:example.com", "https://", "https:///x", "javascript:alert(1)",
	"https://user:pw@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1#@example.com/",
	`https://example.com\@127.0.0.1/`, "https://example.com/\r\nX: y", "https://example.com/ x",
	"https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://2130706433/", "https://017700000001/",
	"https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://0.0.0.0/",
	"https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://198.18.0.1/",
	"https://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/", "https://224.0.0.1/",
	"https://255.255.255.255/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
	"https://[::ffff:7f00:1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/",
	"https://[fd00:ec2::254]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::127.0.0.1]/",
	"https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer.local/",
	"https://intranet/", "https://example.com./", "https://ex_ample.com/", "https://-a.com/", "https://a..com/",
	"https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://ｌocalhost.com/", "https://%6c%6fcalhost/",
	"https://example.com:22/", "https://example.com:80/", "https://example.com:/", "https://example.com:99999/",
	"https://example.com/#x", "https://" + strings.Repeat("a.", 130) + "com/",
	"https://example.com/" + strings.Repeat("a", 2048),
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, url := range hostile {
		if webhook.Check(url, nil) == nil {
			t.Errorf("%q is taken", url)
		}
	}
	for _, url := range []string{"https://example.com", "https://example.com/hooks?a=b", "https://Example.com:8443/x",
		"https://xn--bcher-kva.example/", "https://93.184.216.34/x", "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/",
		"https://a-b.c1.example.co.uk/" + strings.Repeat("a", 1900)} {
		if err := webhook.Check(url, nil); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"http://127.0.0.1:4242/", "http://localhost:4242/x", "https://127.9.9.9/"} {
		if err := webhook.Check(url, loopback); err != nil {
			t.Errorf("%q, which is allowed: %v", url, err)
		}
	}
	for _, url := range []string{"http://10.0.0.1/", "http://[::1]/", "https://10.0.0.1/", "http://example.com/",
		"http://u:p@127.0.0.1/", "http://2130706433/"} {
		if webhook.Check(url, loopback) == nil {
			t.Errorf("%q is taken, though only loopback is allowed", url)
		}
	}
}

// TestDialled: whatever a URL looked like when it was written, no connection is made to a machine that is not on the
// public internet. The control is a sender that may.
func TestDialled(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	pool := x509.NewCertPool()
	pool.AddCert(secure.Certificate())
	trust := &tls.Config{RootCAs: pool, ServerName: "example.com"}
	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	closed := webhook.New(webhook.Config{TLS: trust})
	for _, url := range []string{plain.URL, secure.URL, "https://127.1:" + port, "https://2130706433:" + port,
		"https://0x7f.1:" + port, "https://0177.0.0.1:" + port, "https://[::ffff:127.0.0.1]:" + port, "https://[::1]:" + port,
		"https://localhost:" + port, "https://0.0.0.0:" + port, "https://169.254.169.254/", "https://10.0.0.1:" + port,
		"https://[fe80::1]/"} {
		if r := send(t, webhook.Within(closed, 2*time.Second), message(url)); r.Failure == "" || r.Status != 0 {
			t.Errorf("%s: %+v", url, r)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Fatalf("%d requests came", n)
	}
	open := webhook.New(webhook.Config{TLS: trust, Allow: loopback})
	for i, url := range []string{plain.URL, secure.URL} {
		if r := send(t, open, message(url)); r.Failure != "" || asked.Load() != int32(i+1) {
			t.Errorf("control, %s: %+v", url, r)
		}
	}
}

// TestHTTPOnlyToAllowed: by http nothing goes to the public internet.
func TestHTTPOnlyToAllowed(t *testing.T) {
	t.Parallel()
	s := webhook.Within(webhook.New(webhook.Config{Allow: loopback}), 2*time.Second)
	if r := send(t, s, message("http://93.184.216.34/")); r.Failure != webhook.FailedAddress {
		t.Errorf("%+v", r)
	}
}

// TestRebinding: a name that leads to a public address when it is looked at, and to loopback when it is dialled, is
// refused then.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	trust := &tls.Config{RootCAs: pool}
	var answers atomic.Int32
	resolver := dns(t, func() [4]byte {
		if answers.Add(1) == 1 {
			return [4]byte{93, 184, 216, 34}
		}
		return [4]byte{127, 0, 0, 1}
	})
	if addrs, err := resolver.LookupHost(t.Context(), "example.com"); err != nil || addrs[0] != "93.184.216.34" {
		t.Fatalf("at first it leads to %v, %v", addrs, err)
	}
	url := "https://example.com:" + port + "/"
	if err := webhook.Check(url, nil); err != nil {
		t.Fatal(err)
	}
	closed := webhook.New(webhook.Config{TLS: trust, Resolver: resolver})
	if r := send(t, closed, message(url)); r.Failure != webhook.FailedAddress || asked.Load() != 0 {
		t.Errorf("%+v, asked %d times", r, asked.Load())
	}
	open := webhook.New(webhook.Config{TLS: trust, Resolver: resolver, Allow: loopback})
	if r := send(t, open, message(url)); r.Failure != "" || asked.Load() != 1 {
		t.Errorf("control: %+v, asked %d times", r, asked.Load())
	}
}

// dns is a resolver whose server answers each question for an IPv4 address with the next one.
func dns(t *testing.T, next func() [4]byte) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body: &dnsmessage.AResource{A: next()}}}
			}
			if raw, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(raw, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// TestRedirect: one to a private address is not followed, and counts as a failure.
func TestRedirect(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inner.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inner.URL, status)
		}))
		r := send(t, webhook.New(webhook.Config{Allow: loopback}), message(outer.URL))
		if r.Status != status || r.Failure != webhook.FailedStatus || asked.Load() != 0 {
			t.Errorf("%d: %+v", status, r)
		}
		outer.Close()
	}
}

// TestErrors: no error shows the URL, which may hold a secret, nor a secret.
func TestErrors(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Config{})
	for _, m := range []webhook.Message{message("https://a b/secret"),
		message("https://example.com/secret", "whsec_secret!")} {
		if _, err := s.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "secret!") ||
			strings.Contains(err.Error(), "/secret") {
			t.Errorf("%v", err)
		}
	}
	if webhook.Host("https://example.com:8443/secret?x=y") != "example.com" || webhook.Host("::") != "" {
		t.Error("the host is not the host")
	}
}
