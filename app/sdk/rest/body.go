package rest

import (
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/garagesale/service/business/sdk/errs"
)

// bodyReader decodes the JSON body of one input type. Members are matched exactly, doubled and unknown ones refused.
type bodyReader struct {
	registry huma.Registry
	schema   *huma.Schema
	secrets  map[string]bool // members that nobody may write down
}

func newBodyReader(registry huma.Registry, op Op, t reflect.Type) *bodyReader {
	aliasOptional(registry, t)
	schema := registry.Schema(t, false, op.Action)
	secrets := secretsOf(registry, schema, map[*huma.Schema]bool{})
	for _, name := range op.Unrecorded {
		secrets[name] = true
	}
	return &bodyReader{registry, schema, secrets}
}

// body is the body of one request.
type body struct {
	raw    []byte
	reader *bodyReader // nil where there is none
}

func (b body) changes() []byte { return b.reader.changes(b.raw) }

// read returns the bytes of the body and what is not valid in it. The error is for a body that cannot be read.
func (b *bodyReader) read(r *http.Request, v reflect.Value) ([]byte, []errs.Field, error) {
	raw, err := readAll(r)
	if err != nil {
		return nil, nil, err
	}
	// First as a tree, against the schema, so that everything that is wrong is named at once; then into the type.
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return b.refuse(raw, err)
	}
	fields := b.strict(b.schema, "body", tree, nil)
	var res huma.ValidateResult
	huma.Validate(b.registry, b.schema, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, tree, &res)
	if fields = append(fields, fieldsOf(res.Errors)...); len(fields) > 0 {
		return raw, fields, nil
	}
	if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
		return b.refuse(raw, err)
	}
	return raw, nil, nil
}

// strict takes the members that the schema does not know out of the tree, and adds them to the fields. The
// validator must not see them: it loses its place at a '.' or '[' in a name, and a body full of such names grows
// without bound.
func (b *bodyReader) strict(s *huma.Schema, at string, tree any, fields []errs.Field) []errs.Field {
	for s.Ref != "" {
		s = b.registry.SchemaFromRef(s.Ref)
	}
	switch node := tree.(type) {
	case map[string]any:
		if s.Type != huma.TypeObject {
			return fields // the validator refuses it as a whole; its members' names may be secrets
		}
		for name, member := range node {
			if known, ok := s.Properties[name]; ok {
				fields = b.strict(known, at+"."+name, member, fields)
				continue
			}
			delete(node, name)
			if len(fields) < maxFields {
				fields = append(fields, errs.Field{Location: at + "." + name, Message: "is not a member here"})
			}
		}
	case []any:
		for i, item := range node {
			if s.Items != nil {
				fields = b.strict(s.Items, at+"["+strconv.Itoa(i)+"]", item, fields)
			}
		}
	case string: // the validator takes an id in braces, without hyphens and as a URN too
		if n := len(node); s.Format == "uuid" && (n == 32 || n == 38 || n == 45) && len(fields) < maxFields {
			fields = append(fields, errs.Field{Location: at, Message: "must be an id like 0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d"})
		}
	}
	return fields
}

// refuse tells what is not JSON from what is not valid.
func (b *bodyReader) refuse(raw []byte, err error) ([]byte, []errs.Field, error) {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return raw, []errs.Field{{Location: place(syntactic.JSONPointer), Message: "must not stand twice"}}, nil
	case errors.As(err, &syntactic):
		return nil, nil,
			errMalformed.At(place(syntactic.JSONPointer), "is not valid JSON at byte "+strconv.FormatInt(syntactic.ByteOffset,
				10))
	case errors.As(err, &semantic):
		return raw, []errs.Field{{Location: place(semantic.JSONPointer), Message: reason(semantic)}}, nil
	}
	return nil, nil, errMalformed.At("body", "is not a JSON document")
}

// reason is what a value type's Parse says. The texts of libraries speak of Go, so they are not for clients.
func reason(e *json.SemanticError) string {
	switch t := e.GoType; {
	case t == reflect.TypeFor[time.Time]():
		return "must be a time like 2026-05-30T09:00:00Z"
	case t != nil && (t.Kind() == reflect.Int || t.Kind() == reflect.Int64) &&
		!reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return "must be an integer in plain digits"
	case e.Err == nil || t == nil:
		return "is not valid here"
	}
	return e.Err.Error()
}

// place turns a JSON pointer (RFC 6901) into a location: /lines/0/name is body.lines[0].name.
func place(p jsontext.Pointer) string {
	s := "body"
	for token := range p.Tokens() {
		if len(s) > maxFieldLen {
			break // the rest is cut off anyway
		}
		if _, err := strconv.ParseUint(token, 10, 31); err == nil {
			s += "[" + token + "]"
			continue
		}
		s += "." + token
	}
	return s
}

// fieldsOf takes over the validator's findings without the values, among which may be a password. A member that is
// missing is located where it should stand.
func fieldsOf(list []error) []errs.Field {
	fields := make([]errs.Field, 0, len(list))
	for _, err := range list {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		f := errs.Field{Location: d.Location}
		f.Message, _, _ = strings.Cut(d.Message, ": ") // what follows is the text of a library
		if name, ok := strings.CutPrefix(f.Message, "expected required property "); ok {
			f.Location += "." + strings.TrimSuffix(name, " to be present")
			f.Message = "is required"
		}
		fields = append(fields, f)
	}
	return fields
}
