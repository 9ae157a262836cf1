package logger

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// terminal writes a record for a person:
//
//	15:04:05.000 INFO  message                          key=value group.key="two words"
//	    error: text
//
// Errors, lists and values of several lines stand on lines of their own. Control characters are never passed on, so
// that nothing logged can steer the terminal.
type terminal struct {
	mu    *sync.Mutex
	w     io.Writer
	level slog.Leveler
	group string // of open groups, each with a dot behind it
	with  fields // of WithAttrs
}

// fields are attributes as text: those of the record's line and those beneath it.
type fields struct{ line, below string }

func newTerminal(w io.Writer, level slog.Leveler) slog.Handler {
	return terminal{mu: new(sync.Mutex), w: w, level: level}
}

func (t terminal) Enabled(_ context.Context, level slog.Level) bool { return level >= t.level.Level() }

func (t terminal) WithGroup(name string) slog.Handler {
	if name != "" {
		t.group += name + "."
	}
	return t
}

func (t terminal) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		t.with.add(t.group, a)
	}
	return t
}

func (t terminal) Handle(_ context.Context, r slog.Record) error {
	f := t.with
	r.Attrs(func(a slog.Attr) bool {
		f.add(t.group, a)
		return true
	})
	var b []byte
	if !r.Time.IsZero() {
		b = append(r.Time.Local().AppendFormat(b, "15:04:05.000"), ' ')
	}
	b = fmt.Appendf(b, "\x1b[%dm%-5s\x1b[0m ", colour(r.Level), r.Level)
	if f.line == "" {
		b = append(b, printable(r.Message)...)
	} else {
		b = fmt.Appendf(b, "%-32s%s", printable(r.Message), f.line)
	}
	b = append(b, '\n')
	b = append(b, f.below...)

	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := t.w.Write(b)
	return err
}

func (f *fields) add(group string, a slog.Attr) {
	a.Value = a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if a.Value.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, in := range a.Value.Group() {
			f.add(group, in)
		}
		return
	}
	key := printable(group + a.Key)
	switch v := a.Value.Any().(type) {
	case error:
		f.under(key, v.Error())
	case []string:
		f.under(key, strings.Join(v, "\n"))
	case time.Time:
		f.line += " " + key + "=" + v.Format(time.RFC3339Nano)
	default:
		if s := a.Value.String(); strings.Contains(s, "\n") {
			f.under(key, s)
		} else {
			f.line += " " + key + "=" + quoted(s)
		}
	}
}

func (f *fields) under(key, text string) {
	f.below += "    " + key + ":"
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) == 1 {
		f.below += " " + printable(lines[0]) + "\n"
		return
	}
	f.below += "\n"
	for _, l := range lines {
		f.below += "      " + printable(l) + "\n"
	}
}

func colour(l slog.Level) int {
	switch {
	case l >= slog.LevelError:
		return 31 // red
	case l >= slog.LevelWarn:
		return 33 // yellow
	case l >= slog.LevelInfo:
		return 32 // green
	}
	return 90 // grey
}

func quoted(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return r == ' ' || r == '"' || r == '=' || !unicode.IsPrint(r)
	}) {
		return strconv.Quote(s)
	}
	return s
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
