package apptest

import (
	"fmt"
	"strings"
)

// wholes are bodies that are wrong as a whole, for every route, with the status that each gets.
var wholes = map[string]struct {
	body   string
	status int
}{
	"nothing":            {"", 400},
	"space":              {" \n", 400},
	"no JSON":            {"name=Lamp", 400},
	"half":               {`{"name": "La`, 400},
	"two":                {`{} {}`, 400},
	"a comment":          {`{/* */}`, 400},
	"a comma too many":   {`{"name": "Lamp",}`, 400},
	"NaN":                {`{"price": NaN}`, 400},
	"single quotes":      {`{'name': 'Lamp'}`, 400},
	"a raw NUL":          {"{\"name\": \"a\x00b\"}", 400},
	"a BOM":              {"\ufeff{}", 400},
	"UTF-16":             {"{\x00}\x00", 400},
	"bad UTF-8":          {"{\"name\": \"\xff\xfe\"}", 400},
	"half a surrogate":   {`{"name": "\ud800"}`, 400},
	"a bad escape":       {`{"name": "\x41"}`, 400},
	"leading zero":       {`{"price": 007}`, 400},
	"too deep":           {strings.Repeat("[", 100_000), 400},
	"deep and whole":     {strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), 400},
	"deep members":       {strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), 400},
	"deep but allowed":   {`{"name": ` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + "}", 422},
	"null":               {"null", 422},
	"an array":           {"[]", 422},
	"a string":           {`"name"`, 422},
	"a number":           {"1e400", 422},
	"a member twice":     {`{"name": "a", "name": "b"}`, 422},
	"many members":       {manyMembers("m%d"), 422},
	"many with dots":     {manyMembers("m.%d"), 422},
	"many with brackets": {manyMembers("m[%d]"), 422},
	"many empty steps":   {manyMembers("......%d"), 422},
	"a long name":        {`{"` + strings.Repeat("n", 500_000) + `": 1}`, 422},
	"a long dotted name": {`{"` + strings.Repeat("n.", 250_000) + `": 1}`, 422},
	"a long string":      {`{"name": "` + strings.Repeat("n", 900_000) + `"}`, 422},
	"just over 1 MiB":    {`{"name": "` + strings.Repeat("n", 1<<20-11) + `"}`, 413},
	"2 MB":               {`{"name": "` + strings.Repeat("n", 2_000_000) + `"}`, 413},
}

func manyMembers(pattern string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range 40_000 {
		fmt.Fprintf(&b, `%q:1,`, fmt.Sprintf(pattern, i))
	}
	return b.String()[:b.Len()-1] + "}"
}
