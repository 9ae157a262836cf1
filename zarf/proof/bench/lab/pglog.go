package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// pgLog is the server's log as far as it says which statements were run. It is written to by the server.
type pgLog struct {
	mu      sync.Mutex
	partial string
	entries []statement
}

// statement is one that a client sent, with its values as the log shows them; nil is NULL.
type statement struct {
	SQL    string
	Values []*string
}

// logPrefix is the server's log_line_prefix: the process and the user.
const logPrefix = "%p %u "

var (
	logLine   = regexp.MustCompile(`^\d+ (\S*) ([A-Z]+): {2}(.*)$`)
	executed  = regexp.MustCompile(`(?s)^(?:statement|execute [^:]*): (.*)$`)
	valueFrom = regexp.MustCompile(`(?i)^parameters: `)
)

func (l *pgLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial += string(p)
	for {
		line, rest, ok := strings.Cut(l.partial, "\n")
		if !ok {
			return len(p), nil
		}
		l.partial = rest
		l.line(line)
	}
}

// line takes one line in. An entry goes on in lines that begin with a tab.
func (l *pgLog) line(line string) {
	if more, ok := strings.CutPrefix(line, "\t"); ok {
		if n := len(l.entries); n > 0 {
			l.entries[n-1].SQL += "\n" + more
		}
		return
	}
	m := logLine.FindStringSubmatch(line)
	if m == nil || m[1] != serviceRole && m[1] != "postgres" {
		return
	}
	n := len(l.entries)
	switch {
	case m[2] == "LOG":
		l.entries = append(l.entries, statement{SQL: m[3]})
	case m[2] == "DETAIL" && n > 0 && valueFrom.MatchString(m[3]):
		l.entries[n-1].Values = parseValues(valueFrom.ReplaceAllString(m[3], ""))
	}
}

// parseValues reads «$1 = 'it”s', $2 = NULL».
func parseValues(text string) []*string {
	var list []*string
	for text != "" {
		_, rest, ok := strings.Cut(text, " = ")
		if !ok {
			return list
		}
		if after, ok := strings.CutPrefix(rest, "NULL"); ok {
			list, text = append(list, nil), strings.TrimPrefix(after, ", ")
			continue
		}
		var value strings.Builder
		i := 1
		for ; i < len(rest); i++ {
			if rest[i] == '\'' {
				if i+1 == len(rest) || rest[i+1] != '\'' {
					break
				}
				i++
			}
			value.WriteByte(rest[i])
		}
		v := value.String()
		list, text = append(list, &v), strings.TrimPrefix(rest[min(i+1, len(rest)):], ", ")
	}
	return list
}

// during returns the statements that the service sends while f runs. The marks are statements of ours: what lies
// between their places in the log was sent between them.
func (l *pgLog) during(ctx context.Context, mark func(ctx context.Context, name string) error, f func() error) (
	[]statement, error) {
	begin, end := fmt.Sprintf("begin %d", time.Now().UnixNano()), fmt.Sprintf("end %d", time.Now().UnixNano())
	if err := mark(ctx, begin); err != nil {
		return nil, err
	}
	if err := f(); err != nil {
		return nil, err
	}
	if err := mark(ctx, end); err != nil {
		return nil, err
	}
	at := func(mark string) int {
		return slices.IndexFunc(l.entries, func(s statement) bool { return strings.Contains(s.SQL, mark) })
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		from, to := at(begin), at(end)
		if from < 0 || to < 0 {
			l.mu.Unlock()
			continue
		}
		var list []statement
		for _, s := range l.entries[from+1 : to] {
			m := executed.FindStringSubmatch(s.SQL)
			if m != nil && m[1] != "-- ping" {
				list = append(list, statement{m[1], s.Values})
			}
		}
		l.mu.Unlock()
		return list, nil
	}
	return nil, errors.New("the server's log does not show our statements")
}

// normal is a statement's text apart from how its lines are broken.
func normal(q string) string { return strings.Join(strings.Fields(q), " ") }
