package sqldb

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/query"
)

// Where collects conditions and their arguments; a '?' in a condition becomes the next $n.
type Where struct {
	conds []string
	args  []any
}

// And adds a condition.
func (w *Where) And(cond string, args ...any) {
	var b strings.Builder
	for part := range strings.SplitAfterSeq(cond, "?") {
		if before, found := strings.CutSuffix(part, "?"); found {
			w.args = append(w.args, args[0])
			args = args[1:]
			b.WriteString(before + "$" + strconv.Itoa(len(w.args)))
			continue
		}
		b.WriteString(part)
	}
	w.conds = append(w.conds, b.String())
}

// Scope adds that the column is this id, of a market for instance. The planner is not shown which: it plans once for
// all ids, and not anew for each one that it expects less of than of the others.
func (w *Where) Scope(column string, id uuid.UUID) { w.And(column+" = (SELECT ?::uuid)", id) }

// If adds a condition on *v unless v is nil.
func If[T any](w *Where, cond string, v *T) {
	if v != nil {
		w.And(cond, *v)
	}
}

func (w *Where) sql() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// Contains is the pattern for `column ILIKE ?` that finds s anywhere; % and _ in it are literal.
func Contains(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// Page reads at most limit of the rows that where lets through, in that order. The limit stands in the text, so that
// one plan serves all pages (decision 0015).
func Page[Row any](ctx context.Context, db DB, rows *[]Row, sel string, where Where, by string, limit int) error {
	*rows = make([]Row, 0, limit)
	return db.Select(ctx, rows, sel+where.sql()+" ORDER BY "+by+" LIMIT "+strconv.Itoa(limit), where.args...)
}

// List reads one page of the rows that where lets through, by keyset: a page deep in the list costs what the first one
// costs. sel is the query up to FROM and its joins, id the column that breaks ties.
func List[Row, T any](ctx context.Context, db DB, sel, id string, where Where, cols query.Columns[T], page query.Page,
	item func(Row) T) (query.Result[T], error) {
	order, err := cols.Order(page)
	if err != nil {
		return query.Result[T]{}, err
	}
	var res query.Result[T]
	if page.Total {
		res.Total = new(int)
		if err := db.Get(ctx, res.Total, "SELECT count(*) FROM ("+sel+where.sql()+") AS list", where.args...); err != nil {
			return query.Result[T]{}, err
		}
	}
	col, dir, cmp := order.Column.SQL, " ASC", ">"
	if order.Desc {
		dir, cmp = " DESC", "<"
	}
	by := col + dir + ", " + id + dir
	switch {
	case order.Column.Unique:
		by = col + dir
		if order.After != nil {
			where.And(col+" "+cmp+" (SELECT ?::"+order.Column.Type+")", order.After.Value)
		}
	case order.After != nil:
		where.And("("+col+", "+id+") "+cmp+" ((SELECT ?::"+order.Column.Type+"), (SELECT ?::uuid))", order.After.Value,
			order.After.ID)
	}
	// One row more than asked for tells whether there is a next page. The place where the page begins is not shown to the
	// planner either.
	var rows []Row
	if err := Page(ctx, db, &rows, sel, where, by, order.Limit+1); err != nil {
		return query.Result[T]{}, err
	}
	more := len(rows) > order.Limit
	rows = rows[:min(len(rows), order.Limit)]
	res.Items = make([]T, len(rows))
	for i, r := range rows {
		res.Items[i] = item(r)
	}
	if more {
		res.NextCursor, err = order.Next(res.Items[len(res.Items)-1])
	}
	return res, err
}
