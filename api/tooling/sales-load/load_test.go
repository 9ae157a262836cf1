package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/webhook"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// sales wraps a service so that every third sale meets something.
func sales(meets func(next http.Handler, w http.ResponseWriter, r *http.Request)) func(http.Handler) http.Handler {
	var n atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/sales") && n.Add(1)%3 == 0 {
				meets(next, w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// cut ends every stream after a moment, and keeps the first events from every fourth.
func cut(next http.Handler) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/events") {
			next.ServeHTTP(w, r)
			return
		}
		ctx, stop := context.WithTimeout(r.Context(), time.Second)
		defer stop()
		if n.Add(1)%4 == 1 && r.Header.Get("Last-Event-ID") == "0" {
			w = &forgetful{ResponseWriter: w}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// forgetful loses the first events that are written to it.
type forgetful struct {
	http.ResponseWriter
	lost bool
}

func (f *forgetful) Write(b []byte) (int, error) {
	if !f.lost && bytes.Contains(b, []byte("event: ")) {
		f.lost = true
		return len(b), nil
	}
	return f.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (f *forgetful) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func TestLoad(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wrap  func(http.Handler) http.Handler
		check func(report) bool
	}{
		"all is well": {nil, func(r report) bool {
			return r.Failed == 0 && r.Repeated == 0 && r.Doubled == 0 && r.Lost == 0 && r.WrongStock == 0 &&
				r.Streams == 6 && r.Misheard == 0 && r.Events > 2*r.Acknowledged
		}},
		"an answer is lost": {sales(func(next http.Handler, _ http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}), func(r report) bool {
			return r.Failures["connection closed"] > 0 && r.Failed == r.Repeated && r.Unsettled == 0 && r.Doubled == 0 &&
				r.Lost == 0 && r.WrongStock == 0
		}},
		"the key is forgotten": {sales(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			body := new(bytes.Buffer)
			_, _ = body.ReadFrom(r.Body)
			again := r.Clone(r.Context())
			again.Header.Set("Idempotency-Key", uuid.NewString())
			for _, r := range []*http.Request{again, r} {
				r.Body = http.MaxBytesReader(w, nopCloser{bytes.NewReader(body.Bytes())}, 1<<20)
				rec := httptest.NewRecorder()
				next.ServeHTTP(rec, r)
				if r != again {
					w.WriteHeader(rec.Code)
					_, _ = w.Write(rec.Body.Bytes())
				}
			}
		}), func(r report) bool { return r.Doubled > 0 && r.WrongStock > 0 }},
		"events are cut off, and some are left out": {cut, func(r report) bool {
			return r.Cuts > 0 && r.Misheard > 0 && r.Misheard < r.Streams
		}},
		"a sale is made up": {sales(func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"id":"` + uuid.NewString() + `"}`))
		}), func(r report) bool { return r.Lost > 0 && r.WrongStock > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.NewWith(t, apptest.Options{Wrap: test.wrap})
			s.AddUser(t, "root@example.com", role.Admin)
			var out bytes.Buffer
			err := run(t.Context(), []string{"-url", s.URL, "-account", "root@example.com:" + apptest.Password, "-conns=4",
				"-for=2s", "-markets=2", "-streams=6"}, nil, &out)
			if err != nil {
				t.Fatal(err)
			}
			var r report
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if r.Acknowledged == 0 || !test.check(r) {
				t.Errorf("the report is not as it should be: %s", out.String())
			}
		})
	}
}

// TestHooks: webhooks get all that happens, and one whose delivery is left out shows.
func TestHooks(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]bool{"all is well": false, "one is left out": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
			s := apptest.NewWith(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
				cfg.Webhooks.Allow = local
				return business.New(db, cfg)
			}})
			s.AddUser(t, "root@example.com", role.Admin)
			send := webhook.New(webhook.Config{Allow: local}).Send
			var n atomic.Int64
			kinds := work.NewKinds()
			s.Business.Jobs(kinds, func(ctx context.Context, m webhook.Message) (webhook.Result, error) {
				if n.Add(1) == 5 && lose {
					return webhook.Result{Status: http.StatusNoContent}, nil
				}
				return send(ctx, m)
			}, nil)
			dbtest.Work(t, s.DB, kinds)
			var out bytes.Buffer
			if err := run(t.Context(), []string{"-url", s.URL, "-account", "root@example.com:" + apptest.Password, "-conns=4",
				"-for=2s", "-markets=2", "-webhooks=3", "-settle=10s"}, nil, &out); err != nil {
				t.Fatal(err)
			}
			var r report
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if r.Webhooks != 3 || r.Delivered < r.Acknowledged || (r.Undelivered == 1) != lose {
				t.Errorf("the report is not as it should be: %s", out.String())
			}
		})
	}
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }
