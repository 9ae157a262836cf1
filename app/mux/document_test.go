package mux_test

import (
	"context"
	"sync"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/docsapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/role"
)

var document = sync.OnceValues(func() (rest.Document, error) {
	policy, err := auth.NewPolicy(context.Background())
	if err != nil {
		return rest.Document{}, err
	}
	return mux.Document(mux.Config{Auth: auth.New(nil, policy, nil)}), nil
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
	yaml, err := theDocument(t).YAML()
	if err != nil {
		t.Fatal(err)
	}
	apptest.Current(t, "../../zarf/docs/openapi.yaml", yaml)
}

// TestDocumentMeanwhile: the document is rendered for the first who asks, while others are served by what it is made
// of.
func TestDocumentMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	var wg sync.WaitGroup
	for range 4 {
		for _, path := range []string{"/openapi.json", "/openapi.yaml"} {
			wg.Go(func() { s.OK(t, 200, nil, "GET", path, "", nil) })
		}
		wg.Go(func() { s.Do(t, "POST", "/v1/markets", admin.Token, object{"name": 1, "bogus": 2}) })
	}
	wg.Wait()
}

func TestErrorReference(t *testing.T) {
	t.Parallel()
	for _, e := range errs.All() {
		if e.Advice == "" {
			t.Errorf("%s: its errs.New does not say what the client can do", e.Code)
		}
	}
	apptest.Current(t, "../../zarf/docs/errors.md", docsapp.ErrorsMarkdown())
}
