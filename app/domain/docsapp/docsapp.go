// Package docsapp serves what people read about the API: the OpenAPI and AsyncAPI documents, a page to try it, and a
// page about every error. Nothing of it comes from another host.
package docsapp

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
)

//go:embed assets/*.js assets/*.css assets/*.html
var assets embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"status": func(e *errs.Error) int { return rest.Status(e.Kind) },
	"reason": func(e *errs.Error) string { return http.StatusText(rest.Status(e.Kind)) },
	"words":  inline,
}).ParseFS(assets, "assets/*.html"))

// The page may load and ask this service and nothing else. Swagger UI shows its icons as data: images.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// Routes adds the documents and the pages.
func Routes(api *rest.API[business.Domains], doc rest.Document, events rest.EventDocument) {
	api.Describe(rest.Tag{Name: "Documentation"}, []byte("{}"))
	page := func(path string, h http.Handler) {
		api.Static(rest.Op{Method: http.MethodGet, Path: path, Action: "docs.read"}, h)
	}
	page("/openapi.json", once("application/json", doc.JSON))
	page("/openapi.yaml", once("application/yaml", doc.YAML))
	page("/asyncapi.json", once("application/json", events.JSON))
	page("/docs", render("docs.html", nil))
	page("/docs/errors", render("errors.html", errs.All()))
	page("/docs/errors/{code}", http.HandlerFunc(errorPage))
	files := map[string]http.Handler{}
	for _, name := range []string{"swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css"} {
		body, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the program was built without it
		}
		kind := "text/javascript; charset=utf-8"
		if path.Ext(name) == ".css" {
			kind = "text/css; charset=utf-8"
		}
		files[name] = file(kind, body)
	}
	page("/docs/{file}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, ok := files[chi.URLParam(r, "file")]
		if !ok {
			rest.Fail(w, r, rest.ErrNoRoute)
			return
		}
		h.ServeHTTP(w, r)
	}))
}

// once serves what is rendered for the first who asks.
func once(kind string, render func() ([]byte, error)) http.Handler {
	page := sync.OnceValues(func() (http.Handler, error) {
		body, err := render()
		return file(kind, body), err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, err := page()
		if err != nil {
			rest.Fail(w, r, fmt.Errorf("document: %w", err))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// file serves bytes that stay the same as long as the program runs.
func file(kind string, body []byte) http.Handler {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", policy)
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}

func render(name string, data any) http.Handler {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // a mistake in the program
	}
	return file("text/html; charset=utf-8", b.Bytes())
}

func errorPage(w http.ResponseWriter, r *http.Request) {
	e := errs.Lookup(chi.URLParam(r, "code"))
	if e == nil {
		rest.Fail(w, r, rest.ErrNoRoute)
		return
	}
	render("error.html", e).ServeHTTP(w, r)
}
