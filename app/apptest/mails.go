package apptest

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/mail"
	"github.com/garagesale/service/foundation/otel"
)

// sendMails does the service's jobs until the test ends.
func (s *Service) sendMails(t testing.TB, log *slog.Logger, tracing *otel.Provider) {
	t.Helper()
	s.mails = make(chan mail.Message, 1000)
	k := work.NewKinds()
	s.Business.Jobs(k, nil, func(_ context.Context, m mail.Message) error {
		if _, token, ok := strings.Cut(m.Link, "="); ok {
			s.secrets.add(token)
		}
		s.mails <- m
		return nil
	})
	beside(t, func(ctx context.Context) {
		if err := work.Run(ctx, s.DB, k, work.Config{Workers: 2, Log: log, Tracing: tracing}); err != nil {
			t.Error(err)
		}
	})
}

// AnyMail is the next mail that is sent; what stands behind the = of its link is the token.
func (s *Service) AnyMail(t testing.TB) (m mail.Message, token string) {
	t.Helper()
	select {
	case m = <-s.mails:
	case <-time.After(time.Minute):
		t.Fatal("no mail")
	}
	_, token, _ = strings.Cut(m.Link, "=")
	return m, token
}

// Mail is AnyMail, which must be to that address.
func (s *Service) Mail(t testing.TB, to string) (m mail.Message, token string) {
	t.Helper()
	if m, token = s.AnyMail(t); m.To != to {
		t.Fatalf("a mail to %s, want one to %s: %s", m.To, to, m.Subject)
	}
	return m, token
}

// NoMail wants no mail on its way: all jobs are done, and none of them sent one that Mail has not returned.
func (s *Service) NoMail(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		var waiting int
		must(t, s.DB.Get(context.Background(), &waiting, `SELECT count(*) FROM river.river_job
			WHERE kind IN ('mail', 'account.link', 'member.invite') AND state NOT IN ('completed', 'cancelled', 'discarded')`))
		if waiting == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d mails are not sent", waiting)
		}
	}
	select {
	case m := <-s.mails:
		t.Fatalf("a mail to %s: %s", m.To, m.Subject)
	default:
	}
}
