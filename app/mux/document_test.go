package mux_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/docsapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/testenv"
)

type documents struct {
	api    rest.Document
	events rest.EventDocument
}

var document = sync.OnceValues(func() (d documents, err error) {
	policy, err := auth.NewPolicy(context.Background(), auth.Admins)
	if err != nil {
		return d, err
	}
	d.api, d.events = mux.Documents(mux.Config{Auth: auth.New(nil, policy, nil, nil)})
	return d, nil
})

func theDocuments(t *testing.T) documents {
	t.Helper()
	d, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDocumentWhole names each operation, parameter and property that nobody has described yet.
func TestDocumentWhole(t *testing.T) {
	t.Parallel()
	for _, gap := range theDocuments(t).api.Gaps {
		t.Error(gap)
	}
}

func TestDocumentCurrent(t *testing.T) {
	t.Parallel()
	d := theDocuments(t)
	for file, render := range map[string]func() ([]byte, error){"openapi": d.api.YAML, "asyncapi": d.events.YAML} {
		yaml, err := render()
		if err != nil {
			t.Fatal(err)
		}
		testenv.Current(t, "../../zarf/docs/"+file+".yaml", yaml)
	}
}

// TestDocumentMeanwhile: the document is rendered for the first who asks, while others are served by what it is made
// of.
func TestDocumentMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	const each = 4
	paths := []string{"/openapi.json", "/openapi.yaml", "/asyncapi.json"}
	var wg sync.WaitGroup
	var documents [3 * each]apptest.Answer
	var refusals [each]apptest.Answer
	start := make(chan struct{})
	for i := range documents {
		wg.Go(func() {
			<-start
			documents[i] = s.Do(t, "GET", paths[i%len(paths)], "", nil)
		})
	}
	for i := range refusals {
		wg.Go(func() {
			<-start
			refusals[i] = s.Do(t, "POST", "/v1/markets", admin.Token, object{"name": 1, "bogus": 2})
		})
	}
	close(start)
	wg.Wait()
	// What each of them got is what another service, which is asked alone, answers.
	alone := apptest.New(t)
	for i, a := range documents {
		want := alone.OK(t, 200, nil, "GET", paths[i%len(paths)], "", nil)
		if a.Status != 200 || string(a.Body) != string(want.Body) {
			t.Errorf("%s: status %d, %d bytes, want 200 and the same %d as alone", paths[i%len(paths)], a.Status, len(a.Body),
				len(want.Body))
		}
	}
	root := alone.AddUser(t, "admin@x.org", role.Admin)
	want := places(alone.Do(t, "POST", "/v1/markets", root.Token, object{"name": 1, "bogus": 2}).Problem(t))
	if !strings.Contains(want, "body.bogus") || !strings.Contains(want, "body.name") {
		t.Errorf("alone it is refused at %s", want)
	}
	for _, a := range refusals {
		if got := places(a.Problem(t)); a.Status != 422 || got != want {
			t.Errorf("status %d, refused at %s, want 422 at %s", a.Status, got, want)
		}
	}
}

// places are where a problem points.
func places(p rest.Problem) string {
	var list []string
	for _, f := range p.Errors {
		list = append(list, f.Location)
	}
	return strings.Join(list, " ")
}

func TestErrorReference(t *testing.T) {
	t.Parallel()
	for _, e := range errs.All() {
		if e.Advice == "" {
			t.Errorf("%s: its errs.New does not say what the client can do", e.Code)
		}
	}
	testenv.Current(t, "../../zarf/docs/errors.md", docsapp.ErrorsMarkdown())
}
