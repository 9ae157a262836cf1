package sqldb

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jmoiron/sqlx/reflectx"
)

var mapper = reflectx.NewMapperFunc("db", strings.ToLower) // as sqlx does

// plan is how the columns of a statement get into a row: names are compared, and ways of decoding chosen, once for each
// connection and not for each row.
type plan []column

type column struct {
	name  string
	oid   uint32
	index []int // of the field; nil: the row is one value
	into  pgtype.ScanPlan
}

type planKey struct {
	query string
	row   reflect.Type
}

const (
	plansKey = "sqldb.plans"
	maxPlans = 512 // of a connection, as many as pgx keeps statements
)

// planOf returns the plan for the rows' statement and a type of row. Plans belong to their connection: they know its
// types, and one connection does one thing at a time.
func planOf(rows pgx.Rows, q string, t reflect.Type) (plan, error) {
	custom := rows.Conn().PgConn().CustomData()
	plans, _ := custom[plansKey].(map[planKey]plan)
	if plans == nil || len(plans) >= maxPlans {
		plans = map[planKey]plan{}
		custom[plansKey] = plans
	}
	key := planKey{q, t}
	p := plans[key]
	if !p.fits(rows.FieldDescriptions()) {
		var err error
		if p, err = newPlan(rows, t); err != nil {
			return nil, err
		}
		plans[key] = p
	}
	return p, nil
}

// fits tells whether the plan was made for these columns: a migration may have changed them.
func (p plan) fits(columns []pgconn.FieldDescription) bool {
	if len(p) != len(columns) {
		return false
	}
	for i := range p {
		if p[i].oid != columns[i].DataTypeOID || p[i].name != columns[i].Name {
			return false
		}
	}
	return true
}

func newPlan(rows pgx.Rows, t reflect.Type) (plan, error) {
	_, scanner := reflect.TypeAssert[sql.Scanner](reflect.New(t))
	single := t.Kind() != reflect.Struct || scanner || t == reflect.TypeFor[time.Time]()
	descriptions := rows.FieldDescriptions()
	if single && len(descriptions) != 1 {
		return nil, fmt.Errorf("%d columns do not go into a %s", len(descriptions), t)
	}
	p := make(plan, len(descriptions))
	for i, d := range descriptions {
		p[i].name, p[i].oid = d.Name, d.DataTypeOID
		target := reflect.New(t)
		if !single {
			field, ok := mapper.TypeMap(t).Names[d.Name]
			if !ok {
				return nil, fmt.Errorf("column %s has no field in %s", d.Name, t)
			}
			p[i].index = field.Index
			target = target.Elem().FieldByIndex(field.Index).Addr()
		}
		p[i].into = into(rows.Conn().TypeMap(), d.DataTypeOID, d.Format, target.Interface())
	}
	return p, nil
}

// into chooses how a column is decoded: an id is 16 bytes, and taken as that.
func into(types *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if oid == pgtype.UUIDOID && format == pgtype.BinaryFormatCode {
		switch target.(type) {
		case *uuid.UUID:
			return scanID{}
		case **uuid.UUID:
			return scanOptionalID{}
		}
	}
	return types.PlanScan(oid, format, target)
}

type scanID struct{}

func (scanID) Scan(src []byte, dst any) error { return setID(src, dst.(*uuid.UUID)) }

func setID(src []byte, id *uuid.UUID) error {
	if len(src) != len(id) {
		return fmt.Errorf("%d bytes are no id", len(src))
	}
	copy(id[:], src)
	return nil
}

type scanOptionalID struct{}

func (scanOptionalID) Scan(src []byte, dst any) error {
	p := dst.(**uuid.UUID)
	if src == nil {
		*p = nil
		return nil
	}
	*p = new(uuid.UUID)
	return setID(src, *p)
}

// scan reads the current row into dest: a struct with db tags, column by column, or one value.
func (p plan) scan(rows pgx.Rows, dest reflect.Value) error {
	for i, src := range rows.RawValues() {
		c := &p[i]
		target := dest
		if c.index != nil {
			target = dest.FieldByIndex(c.index)
		}
		if err := c.into.Scan(src, target.Addr().Interface()); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return nil
}
