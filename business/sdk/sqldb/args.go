package sqldb

import (
	"fmt"
	"reflect"
	"regexp"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"
)

// native turns ids into the driver's own type. It would find out by itself how to encode them, and for lists of ids by
// way of their text, for each of them anew.
func native(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case uuid.UUID:
			args[i] = pgtype.UUID{Bytes: v, Valid: true}
		case *uuid.UUID:
			args[i] = optional(v)
		case []uuid.UUID:
			list := make(pgtype.FlatArray[pgtype.UUID], len(v))
			for j, id := range v {
				list[j] = pgtype.UUID{Bytes: id, Valid: true}
			}
			args[i] = list
		case []*uuid.UUID:
			list := make(pgtype.FlatArray[pgtype.UUID], len(v))
			for j, id := range v {
				list[j] = optional(id)
			}
			args[i] = list
		}
	}
	return args
}

func optional(id *uuid.UUID) pgtype.UUID {
	if id == nil {
		return pgtype.UUID{}
	}
	return pgtype.UUID{Bytes: *id, Valid: true}
}

// binding is a statement with :names after they became $1, $2, …, and where their values stand in a row.
type binding struct {
	sql    string
	fields [][]int
}

var (
	bindings sync.Map // planKey → binding
	names    = regexp.MustCompile(`[^:]:([a-z_]+)`)
)

// named binds a statement with :names to a row, or to each row of a list.
func named(q string, row any) (string, []any, error) {
	v := reflect.Indirect(reflect.ValueOf(row))
	if v.Kind() == reflect.Slice && v.Len() == 1 {
		v = v.Index(0)
	}
	if v.Kind() != reflect.Struct {
		return bindNamed(q, row)
	}
	key := planKey{q, v.Type()}
	known, ok := bindings.Load(key)
	if !ok {
		sql, args, err := bindNamed(q, v.Interface())
		if err != nil {
			return "", nil, err
		}
		b := binding{sql: sql}
		fields := mapper.TypeMap(v.Type()).Names
		for _, m := range names.FindAllStringSubmatch(q, -1) {
			b.fields = append(b.fields, fields[m[1]].Index)
		}
		if len(b.fields) != len(args) {
			return "", nil, fmt.Errorf("named statement: %d names for %d values", len(b.fields), len(args))
		}
		known, _ = bindings.LoadOrStore(key, b)
	}
	b := known.(binding)
	args := make([]any, len(b.fields))
	for i, index := range b.fields {
		args[i] = reflectx.FieldByIndexesReadOnly(v, index).Interface()
	}
	return b.sql, args, nil
}

func bindNamed(q string, row any) (string, []any, error) {
	q, args, err := sqlx.BindNamed(sqlx.DOLLAR, q, row)
	if err != nil {
		return "", nil, fmt.Errorf("named statement: %w", err)
	}
	return q, args, nil
}
