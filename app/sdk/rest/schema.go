package rest

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/text"
)

// The schemas of the value types stand here, so that business does not import a schema library.
type (
	uuidSchema     struct{}
	nameSchema     struct{}
	textSchema     struct{}
	emailSchema    struct{}
	passwordSchema struct{}
	currencySchema struct{}
	codeSchema     struct{}
	moneySchema    struct{}
)

func (uuidSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "uuid", MinLength: new(36), MaxLength: new(36)}
}

func (nameSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(name.Max)}
}

func (textSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MaxLength: new(text.Max)}
}

func (emailSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "email", MaxLength: new(email.Max)}
}

func (passwordSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "password", WriteOnly: true, MinLength: new(password.Min), MaxLength: new(password.Max)}
}

func (currencySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MinLength: new(3), MaxLength: new(3)}
}

func (codeSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: `^[0-9]+-[0-9]+$`, PatternDescription: "a code like 12-003"}
}

func (moneySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "integer", Format: "int64", Minimum: new(0.0), Maximum: new(float64(money.Max))}
}

// huma has these for the whole program, so they are set before there are two goroutines.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

func newRegistry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	alias[uuid.UUID, uuidSchema](r)
	alias[name.Name, nameSchema](r)
	alias[text.Text, textSchema](r)
	alias[email.Email, emailSchema](r)
	alias[password.Password, passwordSchema](r)
	alias[currency.Currency, currencySchema](r)
	alias[code.Code, codeSchema](r)
	alias[money.Money, moneySchema](r)
	return r
}

func alias[T, S any](r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[T](), reflect.TypeFor[S]())
}

// aliasOptional lets the members of a PATCH, opt.Value[T] and opt.Nullable[T], have the schema of T.
func aliasOptional(r huma.Registry, t reflect.Type) {
	for _, f := range reflect.VisibleFields(t) {
		if o, ok := reflect.TypeAssert[interface{ Elem() reflect.Type }](reflect.Zero(f.Type)); ok {
			r.RegisterTypeAlias(f.Type, o.Elem())
		}
	}
}
