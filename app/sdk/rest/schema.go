package rest

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/currency"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/geo"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/text"
	"github.com/garagesale/service/business/types/timezone"
)

// The schemas of the value types stand here, so that business does not import a schema library.
type (
	uuidSchema      struct{}
	nameSchema      struct{}
	textSchema      struct{}
	emailSchema     struct{}
	passwordSchema  struct{}
	currencySchema  struct{}
	codeSchema      struct{}
	moneySchema     struct{}
	anySchema       struct{}
	latitudeSchema  struct{}
	longitudeSchema struct{}
	zoneSchema      struct{}
)

func (uuidSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "uuid"}
}

func (nameSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(name.Max)}
}

func (textSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MaxLength: new(text.Max)}
}

func (emailSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "idn-email", MaxLength: new(email.Max)}
}

func (passwordSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "password", WriteOnly: true, MinLength: new(password.Min),
		MaxLength: new(password.Max)}
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

func (latitudeSchema) Schema(huma.Registry) *huma.Schema { return degrees(geo.MaxLatitude) }

func (longitudeSchema) Schema(huma.Registry) *huma.Schema { return degrees(geo.MaxLongitude) }

func degrees(most float64) *huma.Schema {
	return &huma.Schema{Type: "number", Format: "double", Minimum: new(-most), Maximum: &most}
}

func (zoneSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(timezone.Max)}
}

// huma has these for the whole program, so they are set before there are two goroutines.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

// anySchema is any JSON.
func (anySchema) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

func newRegistry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", newNamer())
	alias[uuid.UUID, uuidSchema](r)
	alias[name.Name, nameSchema](r)
	alias[text.Text, textSchema](r)
	alias[email.Email, emailSchema](r)
	alias[password.Password, passwordSchema](r)
	alias[currency.Currency, currencySchema](r)
	alias[code.Code, codeSchema](r)
	alias[money.Money, moneySchema](r)
	alias[geo.Latitude, latitudeSchema](r)
	alias[geo.Longitude, longitudeSchema](r)
	alias[timezone.Zone, zoneSchema](r)
	alias[jsontext.Value, anySchema](r)
	return r
}

// newNamer names the types of the document as the code does. Of two types with one name the second has its package
// before it, and List[Product] is called ProductList.
func newNamer() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if item, ok := strings.CutPrefix(name, "List"); ok && item != "" && t.Kind() == reflect.Struct {
			name = item + "List"
		}
		if t.Kind() != reflect.Struct {
			return name // only structs are named in the document
		}
		if other, ok := taken[name]; ok && other != t {
			pkg := strings.TrimSuffix(path.Base(t.PkgPath()), "app")
			name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
		}
		taken[name] = t
		return name
	}
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
