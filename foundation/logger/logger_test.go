package logger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func lines(t *testing.T, b []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	for l := range bytes.Lines(b) {
		m := map[string]any{}
		if err := json.Unmarshal(l, &m); err != nil {
			t.Fatalf("not a JSON line: %q: %v", l, err)
		}
		out = append(out, m)
	}
	return out
}

const inSpanTrace = "01000000000000000000000000000000"

func inSpan() context.Context {
	return trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2},
	}))
}

// spanned logs everything as if within a span.
type spanned struct{ slog.Handler }

func (h spanned) Handle(_ context.Context, r slog.Record) error { return h.Handler.Handle(inSpan(), r) }
func (h spanned) WithAttrs(as []slog.Attr) slog.Handler         { return spanned{h.Handler.WithAttrs(as)} }
func (h spanned) WithGroup(name string) slog.Handler            { return spanned{h.Handler.WithGroup(name)} }

// TestHandler runs the standard library's suite for handlers, without a span and with one, which takes another way
// through groups.
func TestHandler(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"no span", "span"} {
		t.Run(in, func(t *testing.T) {
			var b bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				b.Reset()
				h := New(&b, nil, "sales").Handler()
				if in == "span" {
					return spanned{h}
				}
				return h
			}, func(t *testing.T) map[string]any {
				m := lines(t, b.Bytes())[0]
				if m["service"] != "sales" || (in == "span") != (m["traceID"] == inSpanTrace) {
					t.Errorf("service or traceID not at the top: %v", m)
				}
				return m
			})
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	level := new(slog.LevelVar)
	log := New(&b, level, "sales")
	log.Debug("hidden")
	level.Set(slog.LevelDebug)
	log.Debug("shown", "n", 1)
	got := lines(t, b.Bytes())
	if len(got) != 1 {
		t.Fatalf("got %d lines, want 1: %s", len(got), b.String())
	}
	m := got[0]
	if m["msg"] != "shown" || m["level"] != "DEBUG" || m["service"] != "sales" || m["n"] != 1.0 {
		t.Errorf("got %v", m)
	}
	at, err := time.Parse(time.RFC3339Nano, m["time"].(string))
	if err != nil || !strings.HasSuffix(m["time"].(string), "Z") || time.Since(at) > time.Minute {
		t.Errorf("time = %v (%v), want now in UTC", m["time"], err)
	}
	if _, ok := m["traceID"]; ok {
		t.Error("a traceID without a span")
	}
}

func TestSiblings(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	g := New(&b, nil, "sales").WithGroup("g").With("a", 1).With("b", 2)
	one, two := g.With("c", "one"), g.With("c", "two")
	one.InfoContext(inSpan(), "m")
	two.InfoContext(inSpan(), "m")
	for i, want := range []string{"one", "two"} {
		if got := lines(t, b.Bytes())[i]["g"].(map[string]any)["c"]; got != want {
			t.Errorf("c = %v, want %s", got, want)
		}
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	root := errors.New("connection refused")
	for name, c := range map[string]struct {
		err   error
		text  any
		chain []any
	}{
		"nil":    {nil, nil, nil},
		"single": {root, "connection refused", nil},
		"wrapped": {fmt.Errorf("create: %w", fmt.Errorf("insert: %w", root)), "create: insert: connection refused",
			[]any{"*fmt.wrapError: create", "*fmt.wrapError: insert", "*errors.errorString: connection refused"}},
		"joined": {errors.Join(root, errors.New("late")), "connection refused\nlate",
			[]any{"*errors.joinError", "*errors.errorString: connection refused", "*errors.errorString: late"}},
		"middle": {fmt.Errorf("a %w b", root), "a connection refused b",
			[]any{"*fmt.wrapError: a connection refused b", "*errors.errorString: connection refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			New(&b, nil, "").Error("m", Error(c.err))
			m := lines(t, b.Bytes())[0]
			got, _ := m["errorChain"].([]any)
			if m["error"] != c.text || fmt.Sprint(got) != fmt.Sprint(c.chain) {
				t.Errorf("error %q, chain %q; want %q, %q", m["error"], got, c.text, c.chain)
			}
		})
	}

	deep := root
	for range 100 {
		deep = fmt.Errorf("x: %w", deep)
	}
	if n := len(chain(nil, deep)); n != maxLinks {
		t.Errorf("%d links of 101, want %d", n, maxLinks)
	}
}

func TestStd(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	Std(New(&b, nil, "sales"), slog.LevelWarn).Printf("http: %s", "odd")
	if m := lines(t, b.Bytes())[0]; m["level"] != "WARN" || m["msg"] != "http: odd" {
		t.Errorf("got %v", m)
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 15, 4, 5, 6e6, time.Local)
	for name, c := range map[string]struct {
		log  func(l *slog.Logger)
		want string
	}{
		"bare": {func(l *slog.Logger) { l.Info("started") }, "INFO  started\n"},
		"aligned": {func(l *slog.Logger) {
			l.Warn("started", "port", 3000)
		}, "WARN  started                          port=3000\n"},
		"quoted": {func(l *slog.Logger) {
			l.Info("m", "a", "two words", "b", "")
		}, "INFO  m                                a=\"two words\" b=\"\"\n"},
		"groups": {func(l *slog.Logger) {
			l.With("x", 1).WithGroup("g").With("y", 2).Info("m", slog.Group("h", "z", 3))
		}, "INFO  m                                x=1 g.y=2 g.h.z=3\n"},
		"siblings": {func(l *slog.Logger) {
			l = l.With("a", 1)
			l.With("b", 2)
			l.Info("m")
		}, "INFO  m                                a=1\n"},
		"error": {func(l *slog.Logger) {
			l.Error("m", "n", 1, "err", errors.New("bad luck"))
		}, "ERROR m                                n=1\n    err: bad luck\n"},
		"chain": {func(l *slog.Logger) {
			l.Error("m", Error(fmt.Errorf("a: %w", errors.New("b"))))
		}, "ERROR m\n    error: a: b\n    errorChain:\n      *fmt.wrapError: a\n      *errors.errorString: b\n"},
		"stack": {func(l *slog.Logger) {
			l.Error("m", "stack", "f()\n\tf.go:1\n")
		}, "ERROR m\n    stack:\n      f()\n      \tf.go:1\n"},
		"escapes": {func(l *slog.Logger) {
			l.Info("\x1b[2Jm\n", "a", "\x1b[2J", "b", "x\n\x1b[2J")
		}, "INFO  \uFFFD[2Jm\uFFFD                           a=\"\\x1b[2J\"\n    b:\n      x\n      \uFFFD[2J\n"},
		"hidden": {func(l *slog.Logger) { l.Debug("m") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			c.log(slog.New(frozen{newTerminal(&b, slog.LevelInfo), at}))
			got := regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(b.String(), "")
			if want := c.want; want != "" && got != "15:04:05.006 "+want || want == "" && got != "" {
				t.Errorf("got\n%q, want\n%q", got, want)
			}
		})
	}
}

// frozen gives each record the same time.
type frozen struct {
	slog.Handler
	at time.Time
}

func (h frozen) Handle(ctx context.Context, r slog.Record) error {
	r.Time = h.at
	return h.Handler.Handle(ctx, r)
}
func (h frozen) WithAttrs(as []slog.Attr) slog.Handler { return frozen{h.Handler.WithAttrs(as), h.at} }
func (h frozen) WithGroup(name string) slog.Handler    { return frozen{h.Handler.WithGroup(name), h.at} }
