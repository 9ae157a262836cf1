package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const from = "Garage sale <noreply@example.com>"

var hello = Message{ID: "0190", To: "ada@example.com", Subject: "Grüße", Text: "Hello\n", HTML: "<p>Hello</p>\n",
	Link: "http://127.0.0.1/x"}

// server is an SMTP server that keeps what it is given.
type server struct {
	addr string
	mu   sync.Mutex
	got  []received
}

type received struct {
	from, to, user string
	tls            bool
	data           string
}

// certificate is one for 127.0.0.1, and who trusts it.
func certificate() (has, trusts *tls.Config) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12},
		&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// serve starts a server; first: TLS from the beginning, otherwise STARTTLS if it has a certificate.
func serve(t *testing.T, has *tls.Config, first bool) *server {
	t.Helper()
	s := &server{}
	srv := smtp.NewServer(s)
	srv.Domain, srv.TLSConfig, srv.ErrorLog = "127.0.0.1", has, log.New(io.Discard, "", 0)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	if first {
		ln = tls.NewListener(ln, has)
	}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return s
}

// NewSession implements smtp.Backend.
func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{server: s, received: received{tls: encrypted}}, nil
}

type session struct {
	*server
	received
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "sales" || password != "s3cret" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "nobody@"):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	case strings.HasPrefix(to, "full@"):
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.data = string(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server.got = append(s.server.got, s.received)
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *server) mails() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// TestSMTP: a mail arrives over STARTTLS, over TLS and, where it is allowed, in the clear, with a login or without.
func TestSMTP(t *testing.T) {
	t.Parallel()
	has, trusts := certificate()
	for name, tt := range map[string]struct {
		has              *tls.Config
		first            bool
		before, after    string // the address
		user             string
		wantTLS, refused bool
	}{
		"STARTTLS":                  {has, false, "smtp://sales:s3cret@", "", "sales", true, false},
		"STARTTLS without a login":  {has, false, "smtp://", "", "", true, false},
		"TLS":                       {has, true, "smtps://sales:s3cret@", "", "sales", true, false},
		"in the clear, on purpose":  {nil, false, "smtp://", "?starttls=never", "", false, false},
		"in the clear, not allowed": {nil, false, "smtp://", "", "", false, true},
		"wrong password":            {has, false, "smtp://sales:wr0ng@", "", "", true, true},
		"a login in the clear":      {nil, false, "smtp://sales:s3cret@", "?starttls=never", "", false, true},
	} {
		srv := serve(t, tt.has, tt.first)
		send, err := smtpTrusting(tt.before+srv.addr+tt.after, trusts)
		if err != nil {
			t.Fatal(err)
		}
		err = send(t.Context(), hello)
		got := srv.mails()
		if tt.refused {
			if err == nil || errors.Is(err, ErrRefused) || len(got) > 0 {
				t.Errorf("%s: %v, %v", name, err, got)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "wr0ng")) {
				t.Errorf("%s: the error shows the password: %v", name, err)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0].tls != tt.wantTLS || got[0].user != tt.user ||
			got[0].from != "noreply@example.com" || got[0].to != hello.To {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	// A certificate that nobody trusts.
	srv := serve(t, has, false)
	send, err := SMTP("smtp://"+srv.addr, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), hello); err == nil || len(srv.mails()) > 0 {
		t.Errorf("a stranger's certificate: %v", err)
	}
}

func smtpTrusting(url string, trusts *tls.Config) (Sender, error) {
	return newSMTP(url, from, trusts.Clone())
}

// TestMessage: what arrives is one mail to one person, with both forms, and the same Message-ID each time.
func TestMessage(t *testing.T) {
	t.Parallel()
	srv := serve(t, nil, false)
	send, err := SMTP("smtp://"+srv.addr+"?starttls=never", from)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := send(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range srv.mails() {
		m, err := netmail.ReadMessage(strings.NewReader(r.data))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"From": `"Garage sale" <noreply@example.com>`,
			"To": "<ada@example.com>", "Message-Id": "<0190@example.com>", "Auto-Submitted": "auto-generated",
			"Subject": "=?UTF-8?q?Gr=C3=BC=C3=9Fe?="} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if at, err := m.Header.Date(); err != nil || time.Since(at) > time.Hour {
			t.Errorf("date %v %v", at, err)
		}
		body, err := io.ReadAll(m.Body)
		if err != nil || !strings.Contains(m.Header.Get("Content-Type"), "multipart/alternative") ||
			!strings.Contains(string(body), "\r\n\r\nHello\r\n") || !strings.Contains(string(body), "<p>Hello</p>") {
			t.Errorf("%v %s\n%s", err, m.Header.Get("Content-Type"), body)
		}
	}
}

// TestRefused: what would be refused each time is told from what may go well later.
func TestRefused(t *testing.T) {
	t.Parallel()
	srv := serve(t, nil, false)
	send, err := SMTP("smtp://"+srv.addr+"?starttls=never", from)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*Message)
		final  bool
	}{
		"nobody":              {func(m *Message) { m.To = "nobody@example.com" }, true},
		"full":                {func(m *Message) { m.To = "full@example.com" }, false},
		"a header in subject": {func(m *Message) { m.Subject = "Hi\r\nBcc: eve@example.com" }, true},
		"a line feed":         {func(m *Message) { m.Subject = "Hi\nBcc: eve@example.com" }, true},
		"a header in to":      {func(m *Message) { m.To = "ada@example.com\r\nBcc: eve@example.com" }, true},
		"two addresses":       {func(m *Message) { m.To = "ada@example.com, eve@example.com" }, true},
		"a name":              {func(m *Message) { m.To = "Ada <ada@example.com>" }, true},
		"no address":          {func(m *Message) { m.To = "" }, true},
		"a header in id":      {func(m *Message) { m.ID = "1>\r\nBcc: eve@example.com" }, true},
		"no subject":          {func(m *Message) { m.Subject = "" }, true},
		"long subject":        {func(m *Message) { m.Subject = strings.Repeat("ü", maxSubject+1) }, true},
		"long text":           {func(m *Message) { m.Text = strings.Repeat("x", maxBody+1) }, true},
		"long page":           {func(m *Message) { m.HTML = strings.Repeat("x", maxBody+1) }, true},
	} {
		m := hello
		tt.change(&m)
		if err := send(t.Context(), m); err == nil || errors.Is(err, ErrRefused) != tt.final {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := srv.mails(); len(got) > 0 {
		t.Errorf("arrived: %+v", got)
	}
	m := hello // what just fits goes
	m.Subject, m.Text = strings.Repeat("ü", maxSubject), strings.Repeat("x", maxBody)
	if err := send(t.Context(), m); err != nil || len(srv.mails()) != 1 {
		t.Errorf("what just fits: %v", err)
	}
}

// TestHangs: a server that says nothing, or stops in the middle, holds nobody longer than the context does.
func TestHangs(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"at once":      nil,
		"after HELO":   {"220 hello\r\n"},
		"after MAIL":   {"220 hello\r\n", "250 127.0.0.1\r\n"},
		"after a line": {"220-hello\r\n"},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 1024)
			for i, line := range lines {
				if i > 0 {
					_, _ = c.Read(buf)
				}
				_, _ = io.WriteString(c, line)
			}
			_, _ = io.Copy(io.Discard, c) // until the client goes
		}()
		send, err := SMTP("smtp://"+ln.Addr().String()+"?starttls=never", from)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		began := time.Now()
		err = send(ctx, hello)
		cancel()
		if took := time.Since(began); err == nil || errors.Is(err, ErrRefused) || took > 3*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
		_ = ln.Close()
	}
}

// TestURL: an address that is no mail server's is refused at the start, without showing its password.
func TestURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://:25",
		"smtp://u:s3cret@h:x", "smtp://u:s3cret@%zz", "smtp://u:s3cret@h?starttls=maybe",
		"smtps://u:s3cret@h?starttls=never", "smtp://u:s3cret@h/path", "smtp://u:s3cret@h:99999"} {
		if _, err := SMTP(bad, from); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"smtp://mail.example.com", "smtps://u:p%40@mail.example.com:2465",
		"smtp://[::1]:25?starttls=never"} {
		if _, err := SMTP(good, from); err != nil {
			t.Errorf("%q: %v", good, err)
		}
		if _, err := SMTP(good, "nobody"); err == nil {
			t.Error("a sender without an address")
		}
	}
}

// TestFolder: each mail is a file of its own, and the log has its link.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	var out bytes.Buffer
	send, err := Folder(dir, from, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	escape := hello
	escape.ID = "../../escape"
	for _, m := range []Message{hello, hello, escape} {
		if err := send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if m, err := netmail.ReadMessage(bytes.NewReader(raw)); err != nil || m.Header.Get("To") != "<ada@example.com>" {
		t.Errorf("%v\n%s", err, raw)
	}
	if s := out.String(); strings.Count(s, hello.Link) != 3 || !strings.Contains(s, files[0]) {
		t.Errorf("the log:\n%s", s)
	}
	if err := send(t.Context(), Message{ID: "1", Subject: "x", To: "x"}); !errors.Is(err, ErrRefused) {
		t.Errorf("a mail to nobody: %v", err)
	}
	if _, err := Folder(files[0], from, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a file is no folder")
	}
}
