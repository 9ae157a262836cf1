package rest

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/query"
)

// Page is what a client asks of a list; embed it in the input. Business takes it as a query.Page.
type Page struct {
	Limit   int    `query:"limit" minimum:"1" doc:"How many items, 1 to 100; more is cut to 100."`
	Cursor  string `query:"cursor" doc:"The nextCursor of the page before."`
	OrderBy string `query:"orderBy" doc:"The order; descending with a leading '-'."`
	Total   bool   `query:"total" doc:"Count all items too."`
	Scope   string `scope:"true"` // what the cursor is bound to; set here
}

// Query is the page in the business's terms.
func (p Page) Query() query.Page { return query.Page(p) }

// binder fills the fields of one input type from requests: `path`, `query` and `header` tags name parameters, and what
// has a json name other than "-" makes up the body.
type binder struct {
	params []param
	query  []string // the names that are known
	open   bool     // others may be there too
	scope  []int    // the field that takes a list's scope
	body   *bodyReader
}

type param struct {
	in, name string
	index    []int
	parse    func(string) (reflect.Value, error)
}

func newBinder(registry huma.Registry, op Op, t reflect.Type) *binder {
	b := &binder{open: op.Foreign}
	hasBody := false
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		if f.Tag.Get("scope") != "" {
			b.scope = f.Index
			continue
		}
		tagged := false
		for _, in := range []string{"path", "query", "header"} {
			if name, ok := f.Tag.Lookup(in); ok {
				b.params = append(b.params, param{in, name, f.Index, newParser(f)})
				tagged = true
				if in == "query" {
					b.query = append(b.query, name)
				}
			}
		}
		if name, ok := f.Tag.Lookup("json"); ok && name != "-" {
			hasBody = true
		} else if !ok && !tagged && f.IsExported() {
			panic(fmt.Sprintf("rest: %s %s: field %s of %s has no tag", op.Method, op.Path, f.Name, t))
		}
	}
	if hasBody {
		b.body = newBodyReader(registry, op, t)
	}
	slices.Sort(b.query)
	return b
}

// read fills v, a struct, and returns the bytes of the body. The order of refusals is that of the contract: what cannot
// be read, then what is not valid, all of it at once.
func (b *binder) read(r *http.Request, v reflect.Value, checks []func(*http.Request) error) ([]byte, error) {
	for _, check := range checks {
		if err := check(r); err != nil {
			return nil, err
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errMalformed.At("query", "is not a valid query string")
	}
	invalid, err := b.parameters(r, values, v)
	if err != nil {
		return nil, err
	}
	if b.scope != nil {
		for _, name := range []string{"limit", "cursor", "orderBy", "total"} {
			values.Del(name)
		}
		v.FieldByIndex(b.scope).SetString(r.URL.Path + "?" + values.Encode())
	}
	var raw []byte
	if b.body != nil {
		var fields []errs.Field
		if raw, fields, err = b.body.read(r, v); err != nil {
			return nil, err
		}
		invalid = append(invalid, fields...)
	}
	if invalid != nil {
		slices.SortStableFunc(invalid, func(a, b errs.Field) int { return strings.Compare(a.Location, b.Location) })
		return nil, errs.ErrInvalid.With(invalid[:min(len(invalid), maxFields)]...)
	}
	return raw, nil
}

// parameters fills in what does not stand in the body, and returns what is not valid in it; the error is for a path
// that cannot be read.
func (b *binder) parameters(r *http.Request, values url.Values, v reflect.Value) (invalid []errs.Field, err error) {
	for name, vs := range values {
		switch {
		case !slices.Contains(b.query, name) && b.open:
		case !slices.Contains(b.query, name):
			invalid = append(invalid, errs.Field{Location: "query." + name, Message: "is not a parameter here; known are: " +
				orNone(b.query), Value: vs[0]})
		case len(vs) > 1:
			invalid = append(invalid, errs.Field{Location: "query." + name, Message: "must not be repeated", Value: vs[1]})
		}
	}
	for _, p := range b.params {
		var s string
		switch p.in {
		case "path":
			s = pathParam(r, p.name)
		case "query":
			if !values.Has(p.name) {
				continue
			}
			s = values.Get(p.name)
		case "header":
			if s = r.Header.Get(p.name); s == "" {
				continue
			}
		}
		val, err := p.parse(s)
		switch {
		case err == nil:
			v.FieldByIndex(p.index).Set(val)
		case p.in == "path":
			return nil, errMalformed.With(errs.Field{Location: "path." + p.name, Message: err.Error(), Value: s})
		case p.in == "query":
			invalid = append(invalid, errs.Field{Location: "query." + p.name, Message: err.Error(), Value: s})
		default: // a header may hold a password
			invalid = append(invalid, errs.Field{Location: p.in + "." + p.name, Message: err.Error()})
		}
	}
	return invalid, nil
}

// pathParam is a parameter of the path. The router hands it over as it stands in the request line, where %2D is '-'
// too.
func pathParam(r *http.Request, name string) string {
	s := chi.URLParam(r, name)
	if r.URL.RawPath != "" {
		if plain, err := url.PathUnescape(s); err == nil {
			return plain
		}
	}
	return s
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// newParser returns how a parameter of the field's type is read. What it panics about is a mistake in the program.
func newParser(f reflect.StructField) func(string) (reflect.Value, error) {
	t, pointer := f.Type, f.Type.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	lowest, highest := bound(f, "minimum", math.MinInt64), bound(f, "maximum", math.MaxInt64)
	return func(s string) (reflect.Value, error) {
		v := reflect.New(t)
		if strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) {
			return v, errors.New("must be valid text without control characters")
		}
		if err := parse(v, s, lowest, highest); err != nil {
			return v, err
		}
		if pointer {
			return v, nil
		}
		return v.Elem(), nil
	}
}

func parse(v reflect.Value, s string, lowest, highest int64) error {
	switch dst := v.Interface().(type) {
	case *uuid.UUID:
		id, err := parseID(s)
		*dst = id
		return err
	case *time.Time:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
			return errors.New("must be a time like 2026-05-30T09:00:00Z")
		}
		*dst = t
		return nil
	case encoding.TextUnmarshaler:
		return dst.UnmarshalText([]byte(s))
	}
	switch v = v.Elem(); v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		if s != "true" && s != "false" {
			return errors.New("must be true or false")
		}
		v.SetBool(s == "true")
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < lowest || n > highest {
			return fmt.Errorf("must be an integer%s", rangeText(lowest, highest))
		}
		v.SetInt(n)
	default:
		panic("rest: a parameter cannot be a " + v.Type().String())
	}
	return nil
}

// parseID reads an id, in either case. Parse takes other notations too: in braces, as a urn, without hyphens.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 {
		return uuid.Nil, errors.New("must be an id like 0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d")
	}
	return id, nil
}

func rangeText(lowest, highest int64) string {
	switch {
	case lowest != math.MinInt64 && highest != math.MaxInt64:
		return fmt.Sprintf(" from %d to %d", lowest, highest)
	case lowest != math.MinInt64:
		return fmt.Sprintf(" of at least %d", lowest)
	}
	return ""
}

func bound(f reflect.StructField, tag string, otherwise int64) int64 {
	s, ok := f.Tag.Lookup(tag)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("rest: %s of %s: %v", tag, f.Name, err))
	}
	return n
}

// mediaTypes are what a body may be called.
func mediaTypes(method string) []string {
	if method == http.MethodPatch {
		return []string{"application/json", "application/merge-patch+json"}
	}
	return []string{"application/json"}
}

// readAll reads the body, which a middleware has limited.
func readAll(r *http.Request) ([]byte, error) {
	mt, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(mediaTypes(r.Method), mt) || params["charset"] != "" &&
		!strings.EqualFold(params["charset"], "utf-8") {
		return nil, errMediaType.At("header.Content-Type", "must be "+strings.Join(mediaTypes(r.Method), " or "))
	}
	raw, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge.At("body", fmt.Sprintf("must be at most %d bytes", tooLarge.Limit))
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errMalformed.At("body", "could not be read to its end"), err)
	}
	return raw, nil
}
