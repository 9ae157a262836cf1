package sqldb_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
)

// TestIDs: ids and lists of them arrive as they were sent, none as NULL.
func TestIDs(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	a, b := uuid.New(), uuid.New()
	var got struct {
		One    uuid.UUID  `db:"one"`
		Some   *uuid.UUID `db:"some"`
		None   *uuid.UUID `db:"none"`
		Many   string     `db:"many"`
		Gapped string     `db:"gapped"`
		Empty  int        `db:"empty"`
	}
	err := db.Get(t.Context(), &got, `
		SELECT $1::uuid AS one, $2::uuid AS some, $3::uuid AS none, array_to_string($4::uuid[], ' ') AS many,
			array_to_string($5::uuid[], ' ', '-') AS gapped,
			cardinality($6::uuid[]) AS empty`,
		a, &b, (*uuid.UUID)(nil), []uuid.UUID{a, b}, []*uuid.UUID{&a, nil}, []uuid.UUID{})
	if err != nil || got.One != a || *got.Some != b || got.None != nil || got.Many != a.String()+" "+b.String() ||
		got.Gapped != a.String()+" -" || got.Empty != 0 {
		t.Errorf("%v: %+v", err, got)
	}
}

// TestNamed: the fields of one row, of a list of one and of a list of many, those of an embedded struct too.
func TestNamed(t *testing.T) {
	t.Parallel()
	db, _ := setup(t)
	exec(t, db, `CREATE TABLE n (id uuid, a int, b text)`)
	type inner struct {
		A int `db:"a"`
	}
	type row struct {
		inner
		ID *uuid.UUID `db:"id"`
		B  string     `db:"b"`
	}
	const q = `INSERT INTO n (id, a, b) VALUES (:id, :a, :b)`
	id := uuid.New()
	for _, arg := range []any{
		row{inner{1}, &id, "one"}, &row{inner{2}, nil, "two"}, []row{{inner{3}, nil, "three"}},
		[]row{{inner{4}, &id, "four"}, {inner{5}, nil, "five"}},
	} {
		for range 2 { // the second time from what is remembered
			if _, err := db.NamedExec(t.Context(), q, arg); err != nil {
				t.Fatal(err)
			}
		}
	}
	var list []string
	if err := db.Select(t.Context(), &list, `SELECT a || b || (id IS NULL) FROM n ORDER BY a`); err != nil {
		t.Fatal(err)
	}
	want := []string{"1onefalse", "1onefalse", "2twotrue", "2twotrue", "3threetrue", "3threetrue", "4fourfalse",
		"4fourfalse", "5fivetrue", "5fivetrue"}
	if !slices.Equal(list, want) {
		t.Errorf("%q", list)
	}
	if _, err := db.NamedExec(t.Context(), `INSERT INTO n (a) VALUES (:c)`, row{}); err == nil {
		t.Error("a name without a field")
	}
}
