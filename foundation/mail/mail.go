// Package mail sends mails by SMTP, or writes them to files where nobody is to get any.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is a mail to one person.
type Message struct {
	ID      string // the part of the Message-ID before the @: the same each time that the mail is tried
	To      string // an address, without a name
	Subject string
	Text    string
	HTML    string
	Link    string // the one that the mail is about, for the log of a Folder
}

// A Sender sends a message, or returns ErrRefused or why it should be tried again. The text of an error may hold the
// address.
type Sender func(ctx context.Context, m Message) error

// ErrRefused is the error for a mail that would be refused each time.
var ErrRefused = errors.New("the mail is refused")

const (
	maxSubject = 200       // characters
	maxBody    = 256 << 10 // bytes of each form
)

// SMTP is a Sender that gives mails to the server of a URL. smtp://user:password@host:587 begins in the clear and goes
// on only by STARTTLS, smtps://host:465 is TLS from the beginning, and smtp://host:25?starttls=never stays in the clear.
// Without a user it does not log in. From is an address, with a name or without. It does not connect yet.
func SMTP(server, from string) (Sender, error) { return newSMTP(server, from, nil) }

// newSMTP is SMTP that trusts those certificates; nil: what the machine trusts.
func newSMTP(server, from string, trust *tls.Config) (Sender, error) {
	sender, err := address(from)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, errURL // the parser's error would show the password
	}
	var opts []gomail.Option
	switch q := u.Query().Encode(); {
	case u.Scheme == "smtps" && q == "":
		opts = append(opts, gomail.WithSSL(), gomail.WithPort(465))
	case u.Scheme == "smtp" && q == "":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(587))
	case u.Scheme == "smtp" && q == "starttls=never":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithPort(25))
	default:
		return nil, errURL
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, errURL
		}
		opts = append(opts, gomail.WithPort(port))
	}
	if trust != nil {
		trust.ServerName = u.Hostname()
		opts = append(opts, gomail.WithTLSConfig(trust))
	}
	if user := u.User; user != nil {
		password, _ := user.Password()
		auth := gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover)
		if u.Scheme == "smtps" { // the library does not see that the connection of send is TLS
			auth = gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1,
				gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
		}
		opts = append(opts, auth, gomail.WithUsername(user.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(u.Hostname(), opts...); err != nil {
		return nil, errURL
	}
	return func(ctx context.Context, m Message) error {
		msg, err := build(sender, m)
		if err != nil {
			return err
		}
		return send(ctx, u.Hostname(), opts, u.Scheme == "smtps", trust, msg)
	}, nil
}

var errURL = errors.New("the URL of the mail server is not valid: it must be like smtp://user:password@host:587, " +
	"smtps://user:password@host:465 or smtp://host:25?starttls=never")

// send ends with ctx, whatever the server does.
func send(ctx context.Context, host string, opts []gomail.Option, tlsFirst bool, trust *tls.Config,
	msg *gomail.Msg) error {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d interface {
			DialContext(ctx context.Context, network, addr string) (net.Conn, error)
		} = &net.Dialer{}
		if tlsFirst {
			d = &tls.Dialer{Config: trust}
		}
		return d.DialContext(ctx, network, addr)
	}
	stop := func() bool { return true }
	c, err := gomail.NewClient(host, append(opts[:len(opts):len(opts)],
		gomail.WithDialContextFunc(func(dialing context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(dialing, network, addr)
			if err == nil {
				stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
			}
			return conn, err
		}))...)
	if err != nil {
		return err
	}
	defer func() { stop() }()
	err = c.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // what comes after the server has taken it is no matter
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("the mail server does not answer: %w", ctx.Err())
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode()/100 == 5 &&
		(e.Reason == gomail.ErrSMTPRcptTo || e.Reason == gomail.ErrSMTPData || e.Reason == gomail.ErrSMTPDataClose) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Folder is a Sender for development: it writes each mail to a file that a mail program opens, and tells the log its
// name and the link in it.
func Folder(dir, from string, log *slog.Logger) (Sender, error) {
	sender, err := address(from)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of mails: %w", err)
	}
	return func(ctx context.Context, m Message) error {
		msg, err := build(sender, m)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, time.Now().UTC().Format("20060102T150405.000000")+"-"+filepath.Base(m.ID)+".eml")
		if err := msg.WriteToFile(name); err != nil {
			return fmt.Errorf("write mail: %w", err)
		}
		log.InfoContext(ctx, "a mail was written", slog.String("subject", m.Subject), slog.String("file", name),
			slog.String("link", m.Link))
		return nil
	}, nil
}

func address(from string) (*mail.Address, error) {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender of mails must be like Garage sale <noreply@example.com>: %w", err)
	}
	return a, nil
}

// build makes the mail. What could begin a header of its own, or is longer than mails are, is refused.
func build(from *mail.Address, m Message) (*gomail.Msg, error) {
	to, err := mail.ParseAddress(m.To)
	if err != nil || to.Name != "" || to.Address != m.To {
		return nil, fmt.Errorf("%w: it needs one address", ErrRefused)
	}
	for _, s := range []string{m.ID, m.Subject} {
		if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
			return nil, fmt.Errorf("%w: id and subject are one line each", ErrRefused)
		}
	}
	if len([]rune(m.Subject)) > maxSubject || len(m.Text) > maxBody || len(m.HTML) > maxBody {
		return nil, fmt.Errorf("%w: it is too long", ErrRefused)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.FromFormat(from.Name, from.Address), msg.To(to.Address)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetDate()
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's out-of-office note answers it
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}
