package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/garagesale/service/api/clients/go"
	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

// TestListen: what happens comes to a receiver, in order and once, signed by the secret that is printed, though the
// stream is cut.
func TestListen(t *testing.T) {
	w, cut := cutting(t)
	ada := w.AddUser(t, "listener@x.org", role.Admin)
	t.Setenv("SALES_LOGIN", filepath.Join(t.TempDir(), "login.json"))
	c := sales.New(w.URL)
	if err := c.LogIn(t.Context(), string(ada.Email), apptest.Password); err != nil {
		t.Fatal(err)
	}
	if err := (account{URL: w.URL, Tokens: c.Tokens()}).save(); err != nil {
		t.Fatal(err)
	}
	market := w.Market(t)
	family := w.Family(t, market)
	var mu sync.Mutex
	var verify *standardwebhooks.Webhook
	got := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err := verify.Verify(body, r.Header); err != nil {
			t.Error(err)
		}
		got <- string(body)
		rw.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	cmd := root()
	cmd.SetOut(in)
	cmd.SetArgs([]string{"listen", "--forward-to", receiver.URL, "--market", market["id"].(string), "--types",
		"garagesale.product.listed.v1"})
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	lines := bufio.NewScanner(out)
	lines.Scan()
	secret, ok := strings.CutPrefix(lines.Text(), "secret ")
	if !ok {
		t.Fatalf("it says %q", lines.Text())
	}
	mu.Lock()
	verify, _ = standardwebhooks.NewWebhook(secret)
	mu.Unlock()
	lines.Scan() // listening to
	told := make(chan string, 100)
	go func() {
		for lines.Scan() {
			told <- lines.Text()
		}
	}()

	// It listens once a product comes through.
	first := next(t, got, func(n int) { w.Product(t, family, "name", fmt.Sprint("warm-up ", n)) })
	if line := <-told; !strings.Contains(line, "garagesale.product.listed.v1") || !strings.Contains(line, " 202 ") {
		t.Errorf("it says %q of %s", line, first)
	}
	time.Sleep(time.Second)
	for len(got) > 0 {
		<-got
	}
	for i := range 10 {
		if i == 5 {
			cut()
		}
		w.Product(t, family, "name", fmt.Sprint("product ", i))
	}
	for i := range 10 {
		select {
		case body := <-got:
			if !strings.Contains(body, fmt.Sprintf(`"name":"product %d"`, i)) {
				t.Fatalf("%d: %s", i, body)
			}
		case <-time.After(time.Minute):
			t.Fatalf("only %d came", i)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// next makes things happen until one of them is received.
func next(t *testing.T, got chan string, do func(int)) string {
	t.Helper()
	for n := range 600 {
		do(n)
		select {
		case body := <-got:
			return body
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("nothing came")
	return ""
}

// cutting is a world whose streams cut ends, as a proxy may.
func cutting(t *testing.T) (w *apptest.World, cut func()) {
	t.Helper()
	var mu sync.Mutex
	streams := map[*http.Request]context.CancelFunc{}
	w = apptest.NewWorld(t, apptest.Options{Wrap: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			if strings.HasSuffix(r.URL.Path, "/events") {
				mu.Lock()
				streams[r] = cancel
				mu.Unlock()
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					delete(streams, r)
				}()
			}
			h.ServeHTTP(rw, r.WithContext(ctx))
		})
	}})
	return w, func() {
		mu.Lock()
		defer mu.Unlock()
		if len(streams) == 0 {
			t.Error("there is no stream to cut")
		}
		for _, cancel := range streams {
			cancel()
		}
	}
}
