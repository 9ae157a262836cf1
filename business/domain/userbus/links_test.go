package userbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/mail"
	"github.com/garagesale/service/foundation/otel"
)

// TestMailServerAway: a link whose mail failed is sent again with another token; the one that may have gone out is not
// good, and neither stands in the jobs.
func TestMailServerAway(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now,
		Users: userbus.Config{Link: "https://sales.example.com"}})
	u := create(t, b, userbus.NewUser{Name: "A", Email: "a@example.com", PasswordHash: "x"})
	tokens := make(chan string, 10)
	k := work.NewKinds()
	b.Jobs(k, nil, func(_ context.Context, m mail.Message) error {
		_, token, _ := strings.Cut(m.Link, "=")
		tokens <- token
		if len(tokens) == 1 {
			return fmt.Errorf("connection lost after the mail to %s", m.To)
		}
		return nil
	})
	log := slog.New(slog.DiscardHandler)
	tracing, err := otel.Start(t.Context(), otel.Config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx, db, k, work.Config{Workers: 1, Log: log, Tracing: tracing}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	reset := func(token string) error {
		return b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			return second(d.Users.Reset(ctx, token, "y"))
		})
	}
	if err := b.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Users.AskReset(ctx, u.Email)
	}); err != nil {
		t.Fatal(err)
	}
	var sent [2]string
	for end := time.Now().Add(time.Minute); len(tokens) < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d mails", len(tokens))
		}
	}
	sent[0], sent[1] = <-tokens, <-tokens
	var jobs string
	if err := db.Get(t.Context(), &jobs, `SELECT string_agg(j::text, '') FROM river.river_job j`); err != nil ||
		strings.Contains(jobs, sent[0]) || strings.Contains(jobs, sent[1]) {
		t.Errorf("%v: %s", err, jobs)
	}
	if err := reset(sent[0]); !errors.Is(err, userbus.ErrLink) {
		t.Errorf("the link that failed: %v", err)
	}
	if err := reset(sent[1]); err != nil {
		t.Errorf("the link that was sent: %v", err)
	}
}
