// Package opt tells a JSON member that is absent from one that is null and one that is set, as JSON merge patch
// (RFC 7396) needs it. The zero value of both types is "absent"; tag the field with `json:",omitzero"`.
package opt

import (
	"errors"
	"reflect"

	"github.com/go-json-experiment/json" // as strict as where no Value stands, about times for one
)

var errNull = errors.New("must not be null")

// Value is a member that may be absent, but not null.
type Value[T any] struct {
	V   T
	Set bool
}

// Some returns a Value that is set.
func Some[T any](v T) Value[T] { return Value[T]{V: v, Set: true} }

// Apply writes the value to dst if it is set.
func (o Value[T]) Apply(dst *T) {
	if o.Set {
		*dst = o.V
	}
}

// UnmarshalJSON implements json.Unmarshaler; null is an error.
func (o *Value[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return errNull
	}
	o.Set = true
	return json.Unmarshal(b, &o.V)
}

// Elem is the type of the value inside.
func (Value[T]) Elem() reflect.Type { return reflect.TypeFor[T]() }

// Nullable is a member that may be absent, and that null empties.
type Nullable[T any] struct {
	V   *T
	Set bool
}

// Apply writes the value, nil for null, to dst if it is set.
func (o Nullable[T]) Apply(dst **T) {
	if o.Set {
		*dst = o.V
	}
}

// ApplyOrZero writes the value, the zero value for null, to dst if it is set.
func (o Nullable[T]) ApplyOrZero(dst *T) {
	if o.Set {
		*dst = *new(T)
		if o.V != nil {
			*dst = *o.V
		}
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Nullable[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	return json.Unmarshal(b, &o.V)
}

// Elem is the type of the value inside.
func (Nullable[T]) Elem() reflect.Type { return reflect.TypeFor[T]() }

// Same tells whether two optional values are both nil or equal.
func Same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// Unchanged tells whether a change left a struct as it was. Its times are as the database keeps them, and no list is
// the same as an empty one.
func Unchanged[T any](before, after T) bool {
	a, b := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range a.NumField() {
		x, y := a.Field(i), b.Field(i)
		if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
			continue
		}
		if !reflect.DeepEqual(x.Interface(), y.Interface()) {
			return false
		}
	}
	return true
}
