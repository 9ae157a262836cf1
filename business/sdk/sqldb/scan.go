package sqldb

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx/reflectx"
)

var mapper = reflectx.NewMapperFunc("db", strings.ToLower) // as sqlx does

// plans remembers which column of a statement goes into which field, so that names are compared once.
var plans sync.Map // planKey → [][]int; nil: the row is one value

type planKey struct {
	query string
	row   reflect.Type
}

// scan reads the current row into dest: a struct with db tags, column by column, or one value.
func scan(rows pgx.Rows, q string, dest reflect.Value) error {
	key := planKey{q, dest.Type()}
	cached, ok := plans.Load(key)
	if !ok {
		plan, err := newPlan(rows, dest.Type())
		if err != nil {
			return err
		}
		cached, _ = plans.LoadOrStore(key, plan)
	}
	plan := cached.([][]int)
	if plan == nil {
		return rows.Scan(dest.Addr().Interface())
	}
	fields := make([]any, len(plan))
	for i, index := range plan {
		fields[i] = dest.FieldByIndex(index).Addr().Interface()
	}
	return rows.Scan(fields...)
}

func newPlan(rows pgx.Rows, t reflect.Type) ([][]int, error) {
	_, scanner := reflect.TypeAssert[sql.Scanner](reflect.New(t))
	if t.Kind() != reflect.Struct || scanner || t == reflect.TypeFor[time.Time]() {
		return nil, nil
	}
	names := mapper.TypeMap(t).Names
	plan := make([][]int, 0, len(names))
	for _, column := range rows.FieldDescriptions() {
		field, ok := names[column.Name]
		if !ok {
			return nil, fmt.Errorf("column %s has no field in %s", column.Name, t)
		}
		plan = append(plan, field.Index)
	}
	return plan, nil
}
