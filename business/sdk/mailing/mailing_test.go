package mailing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/mail"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/testenv"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var until = time.Date(2026, 5, 30, 8, 30, 0, 0, time.UTC)

// samples is one of each template, or more where what they say depends.
var samples = []mailing.Content{
	mailing.VerifyEmail{Until: until, Link: "https://sales.example.com/me#verify=…"},
	mailing.ChangeEmail{Until: until, Link: "https://sales.example.com/me#verify=…"},
	mailing.EmailChanged{Later: true, Link: "https://sales.example.com/me"},
	mailing.EmailChanged{Link: "https://sales.example.com/me"},
	mailing.ResetPassword{Until: until, Link: "https://sales.example.com/me#reset=…"},
	mailing.PasswordChanged{At: until, Link: "https://sales.example.com/me"},
	mailing.NewLogin{At: until, Address: "203.0.113.7", Device: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
		Link: "https://sales.example.com/me"},
	mailing.Invitation{Market: "Elm Street Garage Sale", Until: until, Link: "https://sales.example.com/me#invitation=…"},
	mailing.Invitation{Market: "Elm Street Garage Sale", Organiser: true, Until: until,
		Link: "https://sales.example.com/me#invitation=…"},
	mailing.FactorChanged{Added: true, At: until, Link: "https://sales.example.com/me"},
	mailing.FactorChanged{At: until, Link: "https://sales.example.com/me"},
	mailing.IdentityChanged{Added: true, Issuer: "https://accounts.example.net", At: until,
		Link: "https://sales.example.com/me"},
	mailing.IdentityChanged{Issuer: "https://accounts.example.net", At: until, Link: "https://sales.example.com/me"},
	mailing.FactorChanged{Passkey: true, Added: true, At: until, Link: "https://sales.example.com/me"},
	mailing.FactorChanged{Passkey: true, At: until, Link: "https://sales.example.com/me"},
	mailing.KeyMade{Name: "till <3>", At: until, Until: until, Link: "https://sales.example.com/me"},
	webhookDisabled,
}

var webhookDisabled = mailing.WebhookDisabled{Market: "Elm Street Garage Sale", Host: "shop.example.com",
	Since: time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC), Link: "https://sales.example.com/webhooks/0190"}

// TestDocs: the page about mails shows each as it is sent.
func TestDocs(t *testing.T) {
	t.Parallel()
	const page = "../../../zarf/docs/mail.md"
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin = "## What is sent\n"
	head, _, ok := strings.Cut(string(raw), begin)
	if !ok {
		t.Fatalf("%s has no %q", page, begin)
	}
	var b strings.Builder
	b.WriteString(head + begin)
	for name := range mailing.Contents {
		if !slices.ContainsFunc(samples, func(c mailing.Content) bool { return c.Template() == name }) {
			t.Errorf("%s has no sample here", name)
		}
	}
	for _, c := range samples {
		m, err := mailing.New("ada@example.com", c)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := mailing.Render(m)
		if err != nil {
			t.Fatal(err)
		}
		if msg.Link != c.Href() || !strings.Contains(msg.Text, c.Href()) || !strings.Contains(msg.HTML, c.Href()) {
			t.Errorf("%s: its link is not in it", c.Template())
		}
		fmt.Fprintf(&b, "\n### %s\n\nSubject: %s\n\n```text\n%s```\n\n```html\n%s```\n", c.Template(), msg.Subject,
			msg.Text, msg.HTML)
	}
	testenv.Current(t, page, []byte(b.String()))
}

// TestRender: what is filled in is text, and not HTML.
func TestRender(t *testing.T) {
	t.Parallel()
	m, err := mailing.New("ada@example.com", mailing.WebhookDisabled{Market: `<b>"A" & B</b>`,
		Link: "javascript:alert(1)"})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := mailing.Render(m)
	if err != nil {
		t.Fatal(err)
	}
	if msg.Subject != `Webhook of <b>"A" & B</b> disabled` || !strings.Contains(msg.Text, `"<b>"A" & B</b>"`) ||
		strings.Contains(msg.HTML, "<b>") || strings.Contains(msg.HTML, `href="javascript`) {
		t.Errorf("%s\n%s\n%s", msg.Subject, msg.Text, msg.HTML)
	}
	for _, bad := range []mailing.Mail{{Template: "nothing", Data: m.Data},
		{Template: m.Template, Data: []byte(`{"Since": 1}`)}} {
		if _, err := mailing.Render(bad); err == nil {
			t.Errorf("%+v is rendered", bad)
		}
	}
}

// TestSent: a mail goes out when its change commits, is tried again when the server is away, and is given up when it is
// refused; nobody reads an address in the log, in a job's error or in a list of jobs.
func TestSent(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	sent := make(chan mail.Message, 10)
	away := true
	stop, out := start(t, db, func(_ context.Context, m mail.Message) error {
		switch {
		case m.To == "nobody@example.com":
			return fmt.Errorf("%w: 550 no such user %s", mail.ErrRefused, m.To)
		case away:
			away = false
			return errors.New("connection refused for " + m.To)
		}
		sent <- m
		return nil
	})
	undo := errors.New("undo")
	for _, want := range []error{undo, nil} {
		if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			m, err := mailing.New("ada@example.com", webhookDisabled)
			if err == nil {
				err = d.Work.Add(ctx, m)
			}
			return errors.Join(err, want)
		}); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	select {
	case m := <-sent:
		if m.To != "ada@example.com" || !strings.Contains(m.Subject, "Elm Street") || m.ID == "" {
			t.Errorf("%+v", m)
		}
	case <-time.After(time.Minute):
		t.Fatal("no mail")
	}
	m, err := mailing.New("nobody@example.com", webhookDisabled)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Work.Add(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	ended(t, b.Work, 2)
	stop()
	list, err := b.Work.List(t.Context(), work.States, 10)
	if err != nil || len(list) != 2 || len(sent) != 0 {
		t.Fatalf("%+v %v, %d more were sent", list, err, len(sent))
	}
	if list[0].State != "cancelled" || !strings.Contains(list[0].LastError, "no such user n***@example.com") ||
		list[1].State != "completed" || list[1].Attempt != 2 || list[1].Attempts != 14 {
		t.Errorf("%+v", list)
	}
	if s := out.String() + fmt.Sprint(list); strings.Contains(s, "ada@") || strings.Contains(s, "nobody@") ||
		strings.Count(out.String(), "a job failed") != 2 {
		t.Errorf("%s\n%+v", out, list)
	}
}

// TestNoServer: without a server a mail is kept for a person to see.
func TestNoServer(t *testing.T) {
	t.Parallel()
	b, db := dbtest.Business(t)
	stop, _ := start(t, db, nil)
	m, err := mailing.New("ada@example.com", webhookDisabled)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Work.Add(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	ended(t, b.Work, 1)
	stop()
	if list, err := b.Work.List(t.Context(), []string{"cancelled"}, 10); err != nil || len(list) != 1 ||
		!strings.Contains(list[0].LastError, mailing.ErrNoServer.Error()) {
		t.Errorf("%+v %v", list, err)
	}
}

// start sends mails by send until stop.
func start(t *testing.T, db sqldb.DB, send mail.Sender) (stop func(), out *testenv.Buffer) {
	t.Helper()
	out = &testenv.Buffer{}
	log := logger.New(out, slog.LevelWarn, "test")
	tracing, err := otel.Start(t.Context(), otel.Config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	k := work.NewKinds()
	mailing.Jobs(k, send)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx, db, k, work.Config{Workers: 1, Log: log, Tracing: tracing}) }()
	t.Cleanup(cancel)
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}, out
}

// ended waits until so many jobs have ended.
func ended(t *testing.T, jobs work.Queue, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		list, err := jobs.List(t.Context(), []string{"completed", "cancelled", "discarded"}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v", list)
		}
	}
}
