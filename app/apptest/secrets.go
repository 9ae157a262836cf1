package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/garagesale/service/foundation/otel"
)

// secrets looks for what must never be written down in everything that a service under test writes down: every test
// that runs the service checks its log, its spans and its audit in passing.
type secrets struct {
	mu     sync.Mutex
	tokens []string // the refresh tokens and second factors that were given out, and the tokens of links in mails
	spans  strings.Builder
}

// pattern finds hashes, JWTs, private keys, API keys and the secrets of webhooks, whatever their value.
var pattern = regexp.MustCompile(`\$argon2id\$|eyJ[A-Za-z0-9_-]{20,}\.eyJ|PRIVATE KEY|whsec_[A-Za-z0-9+/]{20,}|` +
	`gs_[0-9A-Za-z]{49}`)

// note takes the refresh token, or what a second factor is made of, out of an answer.
func (s *secrets) note(body []byte) {
	if !given.Match(body) {
		return
	}
	var out struct {
		RefreshToken, Key, Token string
		RecoveryCodes            []string
	}
	if json.Unmarshal(body, &out) != nil {
		return
	}
	for _, secret := range append(out.RecoveryCodes, out.RefreshToken, out.Key, out.Token) {
		if secret != "" {
			s.add(secret)
		}
	}
}

var given = regexp.MustCompile(`"refreshToken":"|"uri":"otpauth:|"recoveryCodes":|"needs":`)

func (s *secrets) add(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, token)
}

// found returns a secret that stands in text, or "".
func (s *secrets) found(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range append([]string{Password}, s.tokens...) {
		if strings.Contains(text, secret) {
			return secret
		}
	}
	return pattern.FindString(text)
}

// ExportSpans implements sdktrace.SpanExporter.
func (s *secrets) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range spans {
		_, _ = fmt.Fprintln(&s.spans, span.Name(), span.Status().Description)
		for _, a := range span.Attributes() {
			_, _ = fmt.Fprintln(&s.spans, a.Key, a.Value.String())
		}
		for _, e := range span.Events() {
			_, _ = fmt.Fprintln(&s.spans, e.Name, e.Attributes)
		}
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (*secrets) Shutdown(context.Context) error { return nil }

// Spans is all that the spans say so far.
func (s *Service) Spans() string {
	s.secrets.mu.Lock()
	defer s.secrets.mu.Unlock()
	return s.secrets.spans.String()
}

// Audit is all that the audit says so far.
func (s *Service) Audit(t testing.TB) string {
	t.Helper()
	var rows []string
	if err := s.DB.Select(context.Background(), &rows,
		`SELECT row_to_json(a)::text FROM audit a ORDER BY audit_id`); err != nil {
		t.Logf("no audit: %v", err) // a test may have taken its database away
	}
	return strings.Join(rows, "\n")
}

func (s *Service) noSecrets(t testing.TB, tracing *otel.Provider) {
	t.Helper()
	if err := tracing.Shutdown(context.Background()); err != nil {
		t.Errorf("spans: %v", err)
	}
	for where, text := range map[string]string{"log": s.Log.String(), "spans": s.Spans(), "audit": s.Audit(t)} {
		if secret := s.secrets.found(text); secret != "" {
			i := strings.Index(text, secret)
			t.Errorf("a secret in the %s: %s", where, text[max(0, i-200):min(len(text), i+len(secret)+20)])
		}
	}
}
