// Package logger writes log/slog records as JSON lines for machines, or as aligned text for a person at a terminal.
//
// New makes a slog.Logger that adds the trace of the context to each record and masks e-mail addresses and API keys,
// wherever they stand. Its level can be changed while the program runs. An error is logged with Error, under the same
// key everywhere. A Batch before the output spares a system call for each line; it has to be closed, or the last lines
// are lost.
package logger

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/term"
)

// New returns a logger that writes to w every record of at least the given level (nil: Info; a *slog.LevelVar can be
// changed while running).
//
// The form is one JSON object a line: time (RFC 3339, UTC), level, msg, service, the record's attributes, and traceID
// and spanID when the context carries a valid OpenTelemetry span context. When w is a terminal it is readable text in
// local time, without the service. A record is written in one Write, and e-mail addresses and API keys in it are
// masked.
func New(w io.Writer, level slog.Leveler, service string) *slog.Logger {
	if level == nil {
		level = slog.LevelInfo
	}
	if IsTerminal(w) {
		return slog.New(traced{Handler: newTerminal(masked{w}, level)})
	}
	h := slog.NewJSONHandler(masked{w}, &slog.HandlerOptions{Level: level})
	return slog.New(traced{Handler: h.WithAttrs([]slog.Attr{slog.String("service", service)})})
}

// IsTerminal tells whether a person reads what is written to w.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// Std adapts l for those who want a *log.Logger, such as http.Server.ErrorLog; each line becomes a record of that
// level.
func Std(l *slog.Logger, level slog.Level) *log.Logger {
	return slog.NewLogLogger(l.Handler(), level)
}

// Error describes err as the attribute "error", its whole text, and for a wrapped error also "errorChain": each link
// from the outside in, at most 32, as "type: what it adds". A nil err describes nothing.
func Error(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	text := slog.Any("error", err)
	links := chain(nil, err)
	if len(links) == 1 {
		return text
	}
	return slog.Attr{Value: slog.GroupValue(text, slog.Any("errorChain", links))}
}

const maxLinks = 32

func chain(links []string, err error) []string {
	if err == nil || len(links) == maxLinks {
		return links
	}
	text := err.Error()
	var inner []error
	switch e := err.(type) { //nolint:errorlint // the chain is walked link by link
	case interface{ Unwrap() error }:
		if in := e.Unwrap(); in != nil {
			// What the inner error says stands in its own link.
			text = strings.TrimSuffix(text, in.Error())
			inner = []error{in}
		}
	case interface{ Unwrap() []error }:
		text, inner = "", e.Unwrap()
	}
	links = append(links, strings.TrimRight(fmt.Sprintf("%T: %s", err, text), ": "))
	for _, in := range inner {
		links = chain(links, in)
	}
	return links
}

// Trace is the ids of the context's span, which every record gets by itself; nil: there is none.
func Trace(ctx context.Context) []slog.Attr {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return nil
	}
	return []slog.Attr{slog.String("traceID", sc.TraceID().String()), slog.String("spanID", sc.SpanID().String())}
}

// traced adds the ids of the context's span at the top level of a record, whatever groups are open.
type traced struct {
	slog.Handler
	top   slog.Handler                        // Handler before its first group; nil while there is no group
	since []func(h slog.Handler) slog.Handler // how top became Handler
}

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	ids := Trace(ctx)
	if ids == nil {
		return h.Handler.Handle(ctx, r)
	}
	if h.top == nil {
		r = r.Clone()
		r.AddAttrs(ids...)
		return h.Handler.Handle(ctx, r)
	}
	// A handler cannot leave a group, so the groups are opened again beneath the ids.
	to := h.top.WithAttrs(ids)
	for _, do := range h.since {
		to = do(to)
	}
	return to.Handle(ctx, r)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	if h.top == nil {
		return traced{Handler: h.Handler.WithAttrs(attrs)}
	}
	return h.and(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

func (h traced) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	if h.top == nil {
		h.top = h.Handler
	}
	return h.and(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h traced) and(do func(slog.Handler) slog.Handler) slog.Handler {
	// Clipped, since siblings must not share what they append.
	return traced{Handler: do(h.Handler), top: h.top, since: append(slices.Clip(h.since), do)}
}
