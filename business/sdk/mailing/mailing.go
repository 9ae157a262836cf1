// Package mailing is the mails that the service sends: their templates, in text and HTML, and the job that sends one.
package mailing

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/mail"
)

// Content is what a mail says.
type Content interface {
	Template() string // the name of the files that its fields are filled into
	Href() string     // the link that the mail is about
}

// WebhookDisabled warns the organisers of a market that a webhook gets nothing any more.
type WebhookDisabled struct {
	Market string    // its name
	Host   string    // of the webhook's URL, whose path may be a secret
	Since  time.Time // when it began to fail
	Link   string    // to the webhook
}

// Template implements Content.
func (WebhookDisabled) Template() string { return "webhook_disabled" }

// Href implements Content.
func (w WebhookDisabled) Href() string { return w.Link }

// Invitation offers whoever reads an address to help at a market.
type Invitation struct {
	Market    string    // its name
	Organiser bool      // else at the tills
	Until     time.Time // when the link is no longer good
	Link      string
}

// Template implements Content.
func (Invitation) Template() string { return "invitation" }

// Href implements Content.
func (i Invitation) Href() string { return i.Link }

// VerifyEmail goes to the address with which an account was made, or is to show that it reads it.
type VerifyEmail struct {
	Until time.Time // when the link is no longer good
	Link  string
}

// Template implements Content.
func (VerifyEmail) Template() string { return "verify_email" }

// Href implements Content.
func (v VerifyEmail) Href() string { return v.Link }

// ChangeEmail goes to the address that an account is to have from now on.
type ChangeEmail struct {
	Until time.Time // when the link is no longer good
	Link  string
}

// Template implements Content.
func (ChangeEmail) Template() string { return "change_email" }

// Href implements Content.
func (c ChangeEmail) Href() string { return c.Link }

// EmailChanged tells the address that an account has had.
type EmailChanged struct {
	Later bool   // it has it still, until a link was opened
	Link  string // to where accounts are looked after
}

// Template implements Content.
func (EmailChanged) Template() string { return "email_changed" }

// Href implements Content.
func (e EmailChanged) Href() string { return e.Link }

// ResetPassword lets whoever reads the address choose another password.
type ResetPassword struct {
	Until time.Time // when the link is no longer good
	Link  string
}

// Template implements Content.
func (ResetPassword) Template() string { return "reset_password" }

// Href implements Content.
func (r ResetPassword) Href() string { return r.Link }

// PasswordChanged tells an account that it has another password.
type PasswordChanged struct {
	At   time.Time
	Link string // to where accounts are looked after
}

// Template implements Content.
func (PasswordChanged) Template() string { return "password_changed" }

// Href implements Content.
func (p PasswordChanged) Href() string { return p.Link }

// NewLogin tells an account of a login from where it has not logged in before.
type NewLogin struct {
	At      time.Time
	Address string // of the network
	Device  string // as it calls itself
	Link    string // to where accounts are looked after
}

// Template implements Content.
func (NewLogin) Template() string { return "new_login" }

// Href implements Content.
func (n NewLogin) Href() string { return n.Link }

// FactorChanged tells an account that it has got a second factor, or has none any more; or so of a passkey.
type FactorChanged struct {
	Passkey bool
	Added   bool
	At      time.Time
	Link    string // to where accounts are looked after
}

// Template implements Content.
func (FactorChanged) Template() string { return "factor_changed" }

// Href implements Content.
func (f FactorChanged) Href() string { return f.Link }

// IdentityChanged tells an account that it can log in with a provider from now on, or no longer.
type IdentityChanged struct {
	Added  bool
	Issuer string
	At     time.Time
	Link   string // to where accounts are looked after
}

// Template implements Content.
func (IdentityChanged) Template() string { return "identity_changed" }

// Href implements Content.
func (i IdentityChanged) Href() string { return i.Link }

// KeyMade tells an account that it has got an API key.
type KeyMade struct {
	Name  string // what the account calls it
	At    time.Time
	Until time.Time // when it expires
	Link  string    // to where accounts are looked after
}

// Template implements Content.
func (KeyMade) Template() string { return "key_made" }

// Href implements Content.
func (k KeyMade) Href() string { return k.Link }

// contents are all that there are, by their templates, each with how it is read back.
var contents = map[string]func(json.RawMessage) (Content, error){
	VerifyEmail{}.Template():     read[VerifyEmail],
	ChangeEmail{}.Template():     read[ChangeEmail],
	EmailChanged{}.Template():    read[EmailChanged],
	ResetPassword{}.Template():   read[ResetPassword],
	PasswordChanged{}.Template(): read[PasswordChanged],
	NewLogin{}.Template():        read[NewLogin],
	FactorChanged{}.Template():   read[FactorChanged],
	IdentityChanged{}.Template(): read[IdentityChanged],
	KeyMade{}.Template():         read[KeyMade],
	WebhookDisabled{}.Template(): read[WebhookDisabled],
	Invitation{}.Template():      read[Invitation],
}

func read[C Content](raw json.RawMessage) (Content, error) {
	var c C
	err := json.Unmarshal(raw, &c)
	return c, err
}

// Mail is the job that sends a mail to one address: add it in the transaction of the change that it tells of. One that
// is tried twice has the same Message-ID.
type Mail struct {
	ID       uuid.UUID       `json:"id"`
	UserID   uuid.UUID       `json:"userID,omitzero"` // the account that it is about, whatever its address is by now
	To       string          `json:"to"`
	Template string          `json:"template"`
	Data     json.RawMessage `json:"data"`
}

// New is a mail to an address.
func New(to string, c Content) (Mail, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Mail{}, err
	}
	raw, err := json.Marshal(c)
	return Mail{ID: id, To: to, Template: c.Template(), Data: raw}, err
}

// Kind implements work.Job.
func (Mail) Kind() string { return "mail" }

// Attempts implements work.Tried: about a day of them, with River's waits.
func (Mail) Attempts() int { return 14 }

// Timeout implements work.Timed: some servers take their time to look at a mail, and one that is cut off may arrive
// twice.
func (Mail) Timeout() time.Duration { return 20 * time.Second }

// errNoServer is the error of a mail where nobody said how to send it.
var errNoServer = errors.New("mails are not sent: no server is set")

// Jobs has mails sent, by send; nil: each is given up, so that it can be seen and tried again.
func Jobs(k *work.Kinds, send mail.Sender) {
	work.Handle(k, func(ctx context.Context, m Mail) error { return Send(ctx, send, m) })
}

// Send sends a mail now. It is for jobs that make a secret which stands in the mail, and nowhere else.
func Send(ctx context.Context, send mail.Sender, m Mail) error {
	if send == nil {
		return work.Final(errNoServer)
	}
	msg, err := render(m)
	if err != nil {
		return work.Final(err)
	}
	if err := send(ctx, msg); errors.Is(err, mail.ErrRefused) {
		return work.Final(err)
	} else if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

//go:embed templates
var files embed.FS

var (
	texts = text.Must(text.New("").Funcs(text.FuncMap{"time": utc}).ParseFS(files, "templates/*.txt"))
	pages = html.Must(html.New("").Funcs(html.FuncMap{"time": utc}).ParseFS(files, "templates/*.html"))
)

// utc is a time as mails show it.
func utc(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// render fills the templates in: the text's first line is the subject.
func render(m Mail) (mail.Message, error) {
	read, ok := contents[m.Template]
	if !ok {
		return mail.Message{}, fmt.Errorf("there is no template %q", m.Template)
	}
	c, err := read(m.Data)
	if err != nil {
		return mail.Message{}, fmt.Errorf("template %s: %w", m.Template, err)
	}
	var plain, page bytes.Buffer
	if err := errors.Join(texts.ExecuteTemplate(&plain, m.Template+".txt", c),
		pages.ExecuteTemplate(&page, m.Template+".html", c)); err != nil {
		return mail.Message{}, err
	}
	subject, body, _ := strings.Cut(plain.String(), "\n")
	return mail.Message{ID: m.ID.String(), To: m.To, Subject: subject, Text: strings.TrimLeft(body, "\n"),
		HTML: page.String(), Link: c.Href()}, nil
}
