package query_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
)

type item struct {
	ID uuid.UUID
	N  int64
	S  string
	T  time.Time
}

var columns = query.Columns[item]{
	Default: "n",
	ID:      func(i item) uuid.UUID { return i.ID },
	By: map[string]query.Column[item]{
		"n": query.By("n", func(i item) int64 { return i.N }),
		"s": query.By("s", func(i item) string { return i.S }),
		"t": query.By("t", func(i item) time.Time { return i.T }),
	},
}

// TestCursor: what a cursor holds is what it was made of, in its own list only.
func TestCursor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		it := item{
			ID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
			N:  rapid.Int64().Draw(t, "n"),
			S:  strings.ReplaceAll(rapid.String().Draw(t, "s"), "\x00", ""),
			T:  time.UnixMicro(rapid.Int64Range(0, 1<<47).Draw(t, "t")).UTC(),
		}
		page := query.Page{OrderBy: rapid.SampledFrom([]string{"", "n", "-n", "s", "-s", "t", "-t"}).Draw(t, "by"),
			Scope: "/v1/x?a=1"}
		order, err := columns.Order(page)
		if err != nil {
			t.Fatal(err)
		}
		if page.Cursor, err = order.Next(it); err != nil {
			t.Fatal(err)
		}
		order, err = columns.Order(page)
		if err != nil {
			t.Fatal(err)
		}
		want := any(it.N)
		switch strings.TrimPrefix(page.OrderBy, "-") {
		case "s":
			want = it.S
		case "t":
			want = it.T
		}
		if order.After.ID != it.ID || order.After.Value != want {
			t.Errorf("%+v came back as %+v", it, order.After)
		}

		for _, other := range []query.Page{
			{OrderBy: page.OrderBy, Scope: "/v1/x?a=2", Cursor: page.Cursor},
			{OrderBy: page.OrderBy, Scope: "/v1/y?a=1", Cursor: page.Cursor},
			{OrderBy: flip(page.OrderBy), Scope: page.Scope, Cursor: page.Cursor},
			{OrderBy: page.OrderBy, Scope: page.Scope, Cursor: page.Cursor + "A"},
			{OrderBy: page.OrderBy, Scope: page.Scope, Cursor: page.Cursor[:len(page.Cursor)-1]},
		} {
			if _, err := columns.Order(other); !errors.Is(err, query.ErrCursor) {
				t.Errorf("%+v: %v", other, err)
			}
		}
	})
}

// flip is the same column in the other direction.
func flip(by string) string {
	if by == "" {
		return "-n"
	}
	if rest, ok := strings.CutPrefix(by, "-"); ok {
		return rest
	}
	return "-" + by
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: 20, 1: 1, 100: 100, 101: 100, 1 << 40: 100} {
		if o, err := columns.Order(query.Page{Limit: limit}); err != nil || o.Limit != want || o.Desc || o.Column.SQL != "n" {
			t.Errorf("limit %d: %+v %v", limit, o, err)
		}
	}
	if o, err := columns.Order(query.Page{OrderBy: "-t"}); err != nil || !o.Desc || o.Column.Type != "timestamptz" {
		t.Errorf("-t: %+v %v", o, err)
	}
	for _, by := range []string{"x", "-", "--n", "N", "n,s", "n desc", " n", "n;drop table t"} {
		_, err := columns.Order(query.Page{OrderBy: by})
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Kind != errs.Invalid || e.Fields[0].Location != "query.orderBy" ||
			!strings.Contains(e.Fields[0].Message, "n, s, t") {
			t.Errorf("%q: %v", by, err)
		}
	}
}

// FuzzCursor: a cursor is read, or it is ErrCursor; nothing panics, and what is read has the type of its column.
func FuzzCursor(f *testing.F) {
	for _, by := range []string{"n", "s", "t"} {
		order, err := columns.Order(query.Page{OrderBy: by})
		if err != nil {
			f.Fatal(err)
		}
		c, err := order.Next(item{N: 7, S: "x", T: time.Unix(0, 0).UTC()})
		if err != nil {
			f.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(by, raw, c)
	}
	f.Add("n", []byte(`{"b":1,"v":null,"i":null}`), "")
	f.Add("t", []byte(`{"b":1}{}`), "====")
	f.Fuzz(func(t *testing.T, by string, raw []byte, text string) {
		for _, c := range []string{base64.RawURLEncoding.EncodeToString(raw), text} {
			o, err := columns.Order(query.Page{OrderBy: by, Cursor: c})
			switch {
			case errors.Is(err, query.ErrCursor), errors.Is(err, errs.ErrInvalid):
			case err != nil:
				t.Errorf("%q: %v", c, err)
			case o.After == nil:
				if c != "" {
					t.Errorf("%q was taken for no cursor", c)
				}
			default:
				ok := false
				switch v := o.After.Value.(type) {
				case int64:
					ok = o.Column.Type == "bigint"
				case string:
					ok = o.Column.Type == "text" && !strings.Contains(v, "\x00")
				case time.Time:
					ok = o.Column.Type == "timestamptz"
				}
				if !ok {
					t.Errorf("%q is %#v in a %s", c, o.After.Value, o.Column.Type)
				}
			}
		}
	})
}
