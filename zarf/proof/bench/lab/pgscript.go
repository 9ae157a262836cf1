package lab

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/garagesale/service/zarf/proof/bench/layout"
)

// translator turns the statements that the service sent for one request into a script for pgbench: the same texts in
// the same order, where the values of that request become expressions that pick others at random. Nobody writes these
// scripts by hand, so they cannot drift from what the service does.
type translator struct {
	conn  *pgx.Conn
	set   string            // the script's \set commands
	ids   map[string]string // a known id → the SQL expression in its place
	texts map[string]string // a part of a value → the SQL expression in its place
	// numbers that a statement of the script returns; later ones use them.
	returned int64
	uses     map[string]string // a whole value → the expression; %s is the returned number
	at       time.Time

	fresh  map[string]int // ids that the service made up
	column string         // where the returned number is
}

var (
	uuidText  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	parameter = regexp.MustCompile(`\$(\d+)`)
	plainName = regexp.MustCompile(`^[a-z_]+$`)
	counter   = regexp.MustCompile(`(?is)_counters\b.*\bRETURNING\b`)
)

// freshNumber counts up in every client of pgbench; run tells its runs apart.
const freshNumber = "(:seq * 1024 + :client_id)::bigint"

// known is the SQL expression for the id of the thing of a kind whose number an expression of pgbench's variables
// gives.
func known(kind int, expr string) string { return quote(layout.Prefix(kind)) + " || " + tail(expr) }

func tail(expr string) string { return "lpad(to_hex((" + expr + ")::bigint), 12, '0')" }

func (t *translator) script(ctx context.Context, list []statement) (string, error) {
	t.fresh = map[string]int{}
	var b strings.Builder
	b.WriteString("\\set seq :seq + 1\n" + t.set)
	for _, s := range list {
		q, err := t.statement(ctx, s)
		if err != nil {
			return "", fmt.Errorf("%w\n%s", err, s.SQL)
		}
		b.WriteString(q + "\n")
	}
	return b.String(), nil
}

func (t *translator) statement(ctx context.Context, s statement) (string, error) {
	if len(s.Values) == 0 {
		return s.SQL + ";", nil
	}
	d, err := t.conn.Prepare(ctx, "", s.SQL)
	if err != nil {
		return "", err
	}
	if len(d.ParamOIDs) != len(s.Values) {
		return "", fmt.Errorf("%d values for %d parameters", len(s.Values), len(d.ParamOIDs))
	}
	exprs := make([]string, len(s.Values))
	for i, v := range s.Values {
		var typ string
		if err := t.conn.QueryRow(ctx, `SELECT $1::oid::regtype::text`, d.ParamOIDs[i]).Scan(&typ); err != nil {
			return "", err
		}
		if exprs[i], err = t.value(s.SQL, v, typ); err != nil {
			return "", err
		}
	}
	q := parameter.ReplaceAllStringFunc(s.SQL, func(p string) string {
		var n int
		_, _ = fmt.Sscanf(p, "$%d", &n)
		return exprs[n-1]
	})
	if t.column != "" || t.returned == 0 || !counter.MatchString(s.SQL) {
		return q + ";", nil
	}
	t.column = d.Fields[0].Name
	if !plainName.MatchString(t.column) {
		t.column = "number"
		q += " AS number"
	}
	return q + " \\gset", nil
}

// value is the expression for one value of a statement.
func (t *translator) value(q string, v *string, typ string) (string, error) {
	cast := func(expr string) string { return "(" + expr + ")::" + typ }
	switch {
	case v == nil:
		return cast("NULL"), nil
	case strings.Contains(q, "pg_try_advisory_xact_lock"):
		return cast(freshNumber), nil // whatever it is made from, no two requests have the same
	case typ == "json", typ == "jsonb", typ == "bytea":
		return cast(quote(*v)), nil
	}
	if strings.HasPrefix(typ, "timestamp") {
		if at, err := time.Parse("2006-01-02 15:04:05.999999-07", *v); err == nil && at.Sub(t.at).Abs() < time.Minute {
			return cast("now()"), nil
		}
	}
	if use, ok := t.uses[*v]; ok {
		if t.column == "" && strings.Contains(use, "%s") {
			return "", fmt.Errorf("no statement before it returns %s", *v)
		}
		return cast(strings.ReplaceAll(use, "%s", ":"+t.column)), nil
	}
	return cast(t.text(*v)), nil
}

// text puts a value together from its constant parts and the expressions for the others.
func (t *translator) text(v string) string {
	var parts []string
	for v != "" {
		at, end, expr := len(v), len(v), ""
		if m := uuidText.FindStringIndex(v); m != nil {
			at, end = m[0], m[1]
			expr = t.id(v[m[0]:m[1]])
		}
		for text, e := range t.texts {
			if i := strings.Index(v, text); i >= 0 && i < at {
				at, end, expr = i, i+len(text), e
			}
		}
		if at > 0 {
			parts = append(parts, quote(v[:at]))
		}
		if expr != "" {
			parts = append(parts, expr)
		}
		v = v[end:]
	}
	if parts == nil {
		return "''"
	}
	return strings.Join(parts, " || ")
}

// id is the expression for an id: one that we know, or a new one of the shape that the service's have, growing with
// time.
func (t *translator) id(id string) string {
	if expr, ok := t.ids[id]; ok {
		return expr
	}
	n, ok := t.fresh[id]
	if !ok {
		n = len(t.fresh)
		t.fresh[id] = n
	}
	return ":now::text || " + quote(fmt.Sprintf("-7%03x-8000-", layout.Fresh+n)) + " || " + tail(freshNumber)
}

// quote makes a constant in which pgbench sees no variables.
func quote(s string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, `:`, `\x3a`, "\n", `\n`).Replace(s) + "'"
}
