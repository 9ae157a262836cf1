package webhookbus_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/webhook"
)

// TestReplicas: of what is told while two replicas do jobs, and one of them stops and starts again, each of two
// webhooks gets everything in order; what it gets again is what came before.
func TestReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.create()
	var mu sync.Mutex
	got := map[string][]string{}
	d := w.deliverer()
	d.Send = func(_ context.Context, m webhook.Message) (webhook.Result, error) {
		mu.Lock()
		defer mu.Unlock()
		got[m.Secrets[0]] = append(got[m.Secrets[0]], m.ID)
		return webhook.Result{Status: 200}, nil
	}
	replica := func() (stop func()) {
		log := slog.New(slog.DiscardHandler)
		tracing, err := otel.Start(t.Context(), otel.Config{}, log)
		if err != nil {
			t.Fatal(err)
		}
		k := work.NewKinds()
		d.Jobs(k)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() {
			done <- work.Run(ctx, w.db, k, work.Config{Workers: 2, Queues: map[string]int{webhookbus.Queue: 2}, Log: log,
				Tracing: tracing})
		}()
		return sync.OnceFunc(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	one, two := replica(), replica()
	defer one()
	defer func() { two() }()
	var ids []string
	for i := range 60 {
		ids = append(ids, w.tell(fmt.Sprint(i), "x")...)
		if i == 30 {
			two()
			two = replica()
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		mu.Lock()
		wrong := ""
		for _, list := range got {
			wrong += inOrder(ids, list)
		}
		if len(got) != 2 {
			wrong += fmt.Sprintf("%d webhooks got something", len(got))
		}
		mu.Unlock()
		if wrong == "" {
			break
		}
		if time.Now().After(end) {
			t.Fatal(wrong, other.ID)
		}
	}
}

// inOrder tells what is wrong with what came: something is missing, or came before what was told before it.
func inOrder(told, came []string) string {
	next := 0
	for _, id := range came {
		switch {
		case next < len(told) && id == told[next]:
			next++
		case !strings.Contains(strings.Join(told[:next], " "), id):
			return "one came too early; "
		}
	}
	if next < len(told) {
		return fmt.Sprintf("%d of %d came; ", next, len(told))
	}
	return ""
}

// TestInOrderCanFail is the control of TestReplicas.
func TestInOrderCanFail(t *testing.T) {
	t.Parallel()
	told := []string{"a", "b", "c"}
	for _, came := range [][]string{{}, {"a", "b"}, {"a", "c", "b"}, {"b", "a", "c"}, {"a", "c"}} {
		if inOrder(told, came) == "" {
			t.Errorf("%v passes", came)
		}
	}
	if wrong := inOrder(told, []string{"a", "a", "b", "a", "b", "c"}); wrong != "" {
		t.Errorf("repeats: %s", wrong)
	}
}
