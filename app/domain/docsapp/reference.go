package docsapp

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

// ErrorsMarkdown is the reference of errors as a Markdown document.
func ErrorsMarkdown() []byte {
	var b strings.Builder
	b.WriteString("# Errors\n\nEvery `code` that a problem of the API can have. Made from the code by `make docs`; " +
		"`sales-admin errors` prints it too.\n\n| code | status | meaning | what to do |\n|---|---|---|---|\n")
	for _, e := range errs.All() {
		status := rest.Status(e.Kind)
		fmt.Fprintf(&b, "| `%s` | %d %s | %s | %s |\n", e.Code, status, http.StatusText(status), cell(e.Msg),
			cell(e.Advice))
	}
	return []byte(b.String())
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// inline turns `code` in a sentence into HTML.
func inline(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) //nolint:gosec // every part is escaped
}
