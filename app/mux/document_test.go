package mux_test

import (
	"context"
	"sync"
	"testing"

	"github.com/garagesale/service/app/domain/docsapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

var document = sync.OnceValues(func() (rest.Document, error) {
	policy, err := auth.NewPolicy(context.Background())
	if err != nil {
		return rest.Document{}, err
	}
	return mux.Document(mux.Config{Auth: auth.New(nil, policy, nil)})
})

func theDocument(t *testing.T) rest.Document {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDocumentWhole names each operation, parameter and property that nobody has described yet.
func TestDocumentWhole(t *testing.T) {
	t.Parallel()
	for _, gap := range theDocument(t).Gaps {
		t.Error(gap)
	}
}

func TestDocumentCurrent(t *testing.T) {
	t.Parallel()
	current(t, "../../zarf/docs/openapi.yaml", theDocument(t).YAML)
}

func TestErrorReference(t *testing.T) {
	t.Parallel()
	for _, e := range errs.All() {
		if e.Advice() == "" {
			t.Errorf("%s: nobody says what to do; add a line to business/sdk/errs/advice.go", e.Code)
		}
	}
	for _, double := range errs.Doubles() {
		t.Error(double)
	}
	for _, code := range errs.Stray() {
		t.Errorf("business/sdk/errs/advice.go is about %s, which no error has", code)
	}
	current(t, "../../zarf/docs/errors.md", docsapp.ErrorsMarkdown())
}
