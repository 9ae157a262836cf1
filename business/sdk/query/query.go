// Package query is what every list has in common: how many, in which order, from where.
package query

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
)

// The bounds of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// ErrCursor is for a cursor that this list did not give out for these filters and this order.
var ErrCursor = errs.New(errs.Malformed, "bad_cursor", "the cursor does not belong to this list, these filters and "+
	"this order",
	"Begin the list again without `cursor`, or send the filters and the order that the "+
		"cursor was given for.")

// Page is what a client asks of a list.
type Page struct {
	Limit   int    // 0: DefaultLimit; more than MaxLimit is cut
	Cursor  string // the NextCursor of the page before
	OrderBy string // a column, descending with a leading '-'; "": the list's default
	Total   bool   // count all rows too
	Scope   string // what the cursor is bound to besides the order: the list and its filters
}

// Result is one page of a list.
type Result[T any] struct {
	Items      []T
	NextCursor string // "" on the last page
	Total      *int
}

// Column is a column by which a list can be ordered. Ties are broken by the row's id, so an order is always total.
type Column[T any] struct {
	SQL    string // the expression to order by
	Type   string // its type in SQL
	Unique bool   // no two rows of a list have the same value, so there are no ties
	key    func(T) any
	read   func([]byte) (any, error)
}

// By makes a column from its SQL and from the value that an item has in it.
func By[T any, V int64 | string | time.Time](sql string, key func(T) V) Column[T] {
	sqlType := "bigint"
	switch any(*new(V)).(type) {
	case string:
		sqlType = "text"
	case time.Time:
		sqlType = "timestamptz"
	}
	return Column[T]{
		SQL: sql, Type: sqlType,
		key: func(t T) any { return key(t) },
		read: func(b []byte) (any, error) {
			var v V
			if err := json.Unmarshal(b, &v); err != nil {
				return nil, err
			}
			if s, ok := any(v).(string); ok && strings.ContainsRune(s, 0) {
				return nil, errors.New("a zero byte") // Postgres has no such text
			}
			return v, nil
		},
	}
}

// ByUnique is By for a column of which no two rows of a list have the same value: then its own index gives the order.
func ByUnique[T any, V int64 | string | time.Time](sql string, key func(T) V) Column[T] {
	c := By(sql, key)
	c.Unique = true
	return c
}

// Columns are the orders that a list knows, by the names that clients use.
type Columns[T any] struct {
	Default string
	ID      func(T) uuid.UUID
	By      map[string]Column[T]
}

// Names lists what OrderBy may be, ascending and descending.
func (c Columns[T]) Names() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.By)) {
		names = append(names, name, "-"+name)
	}
	return names
}

// Order is a page's order and place, ready for SQL.
type Order[T any] struct {
	Column Column[T]
	Desc   bool
	Limit  int
	After  *Key // nil: from the start
	id     func(T) uuid.UUID
	bound  string
}

// Key is the place of a row in an order.
type Key struct {
	Value any
	ID    uuid.UUID
}

// Order reads a page's order and cursor. It returns ErrCursor, or errs.ErrInvalid for an order that does not exist.
func (c Columns[T]) Order(p Page) (Order[T], error) {
	by := p.OrderBy
	if by == "" {
		by = c.Default
	}
	name, desc := strings.CutPrefix(by, "-")
	col, ok := c.By[name]
	if !ok {
		allowed := strings.Join(slices.Sorted(maps.Keys(c.By)), ", ")
		return Order[T]{},
			errs.ErrInvalid.With(errs.Field{Location: "query.orderBy", Message: "must be one of " + allowed +
				", with '-' before it for descending", Value: p.OrderBy})
	}
	o := Order[T]{Column: col, Desc: desc, Limit: p.Limit, id: c.ID, bound: p.Scope + " " + by}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	o.Limit = min(o.Limit, MaxLimit)
	if p.Cursor == "" {
		return o, nil
	}
	key, err := o.decode(p.Cursor)
	if err != nil {
		return Order[T]{},
			fmt.Errorf("cursor: %w: %w", err,
				ErrCursor.With(errs.Field{Location: "query.cursor", Message: "is not a cursor of this list", Value: p.Cursor}))
	}
	o.After = key
	return o, nil
}

type cursor struct {
	Bound uint64          `json:"b"`
	Value json.RawMessage `json:"v"`
	ID    uuid.UUID       `json:"i"`
}

// Next is the cursor of the page that begins after item.
func (o Order[T]) Next(item T) (string, error) {
	v, err := json.Marshal(o.Column.key(item))
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(cursor{Bound: hash(o.bound), Value: v, ID: o.id(item)})
	return base64.RawURLEncoding.EncodeToString(b), err
}

func (o Order[T]) decode(s string) (*Key, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, err
	}
	var c cursor
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, err
	}
	if dec.InputOffset() != int64(len(b)) {
		return nil, errors.New("more than a cursor")
	}
	if c.Bound != hash(o.bound) {
		return nil, errors.New("bound to another list")
	}
	v, err := o.Column.read(c.Value)
	if err != nil {
		return nil, err
	}
	return &Key{Value: v, ID: c.ID}, nil
}

// hash tells lists apart. It guards against mistakes, not against malice: a forged cursor shows nothing that the list
// itself would not.
func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}
