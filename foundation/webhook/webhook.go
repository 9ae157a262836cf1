// Package webhook sends messages to addresses that others chose: signed after the Standard Webhooks specification, and
// to no machine that is not on the public internet.
package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	timeout     = 10 * time.Second // of an attempt as a whole
	maxResponse = 64 << 10         // bytes of a response that are read, and forgotten; more costs the connection
	maxHeaders  = 16 << 10         // bytes of its headers
	userAgent   = "garagesale-webhooks/1"
	secretBytes = 24
	secretStart = "whsec_"
)

// NewSecret makes a secret to sign with.
func NewSecret() string {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails
	return secretStart + base64.StdEncoding.EncodeToString(raw)
}

// Message is what is sent.
type Message struct {
	ID          string // the same each time that it is sent
	URL         string
	Secrets     []string // one, or two while one is replaced
	Traceparent string   // "": none
	Body        []byte   // JSON
}

// Failure is why an attempt failed, in a word.
type Failure string

// The failures.
const (
	FailedStatus     Failure = "STATUS"     // an answer other than 2xx, a redirect for one
	FailedTimeout    Failure = "TIMEOUT"    // no whole answer within 10 s
	FailedAddress    Failure = "ADDRESS"    // its name leads to a machine that is not on the public internet
	FailedConnection Failure = "CONNECTION" // nobody answers there, or not by HTTP
	FailedTLS        Failure = "TLS"        // the certificate is not good
)

// Result is what became of an attempt; of the answer's body nothing is kept.
type Result struct {
	Status  int // of the answer; 0: there was none
	Took    time.Duration
	Failure Failure // "": it was delivered
}

// Config is where messages may go besides the public internet, and how names are found.
type Config struct {
	Allow    []netip.Prefix // these too, and by http as well as by https
	Resolver *net.Resolver  // nil: the system's
	TLS      *tls.Config    // nil: the system's certificates
}

// Sender sends messages. It follows no redirect, keeps no cookie, and uses no proxy.
type Sender struct {
	secure, plain *http.Client
	timeout       time.Duration
}

// New makes a Sender.
func New(cfg Config) *Sender {
	v4, v6 := split(cfg.Allow)
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return &Sender{
		timeout: timeout,
		secure:  client(cfg, guard.Safe),
		plain: client(cfg, func(network, address string, conn syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !contains(cfg.Allow, at.Addr()) {
				return fmt.Errorf("%w: http", ssrf.ErrProhibitedIP)
			}
			return guard.Safe(network, address, conn)
		}),
	}
}

func split(list []netip.Prefix) (v4, v6 []netip.Prefix) {
	for _, p := range list {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return v4, v6
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client asks the guard about each address that it dials: what a name leads to may have changed since it was checked.
func client(cfg Config, guard func(string, string, syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, Control: guard, Resolver: cfg.Resolver}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: cfg.TLS, DisableCompression: true,
			TLSHandshakeTimeout: timeout, MaxResponseHeaderBytes: maxHeaders, MaxIdleConns: 100, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send sends a message once.
func (s *Sender) Send(ctx context.Context, m Message) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	began := time.Now()
	req, err := request(ctx, m, began)
	if err != nil {
		return Result{}, err
	}
	status, err := s.ask(req)
	r := Result{Status: status, Took: time.Since(began), Failure: failure(err)}
	if err == nil && status/100 != 2 {
		r.Failure = FailedStatus
	}
	return r, nil
}

func request(ctx context.Context, m Message, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, errors.New("webhook: the URL is not valid") // it may hold a secret
	}
	signatures := make([]string, len(m.Secrets))
	for i, secret := range m.Secrets {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, errors.New("webhook: the secret is not valid")
		}
		if signatures[i], err = w.Sign(m.ID, at, m.Body); err != nil {
			return nil, errors.New("webhook: cannot sign")
		}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	if m.Traceparent != "" {
		req.Header.Set("Traceparent", m.Traceparent)
	}
	return req, nil
}

// ask returns the answer's status once its body has ended, or as much of it was read as is.
func (s *Sender) ask(req *http.Request) (int, error) {
	c := s.secure
	if req.URL.Scheme == "http" {
		c = s.plain
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxResponse))
	return res.StatusCode, err
}

func failure(err error) Failure {
	var netErr net.Error
	var cert *tls.CertificateVerificationError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return FailedAddress
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return FailedTimeout
	case errors.As(err, &cert):
		return FailedTLS
	}
	return FailedConnection
}
