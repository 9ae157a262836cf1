package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/code"
	"github.com/garagesale/service/business/types/money"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/password"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/business/types/text"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// store is the domains of these tests: it only counts.
type store struct {
	attempts  int   // how often a transaction is run; 0: once
	commitErr error // what COMMIT says
	handled   int
	committed int
}

func (s *store) inTx(ctx context.Context, fn func(context.Context, *store) error) error {
	for range max(1, s.attempts) {
		if err := fn(ctx, s); err != nil {
			return err
		}
	}
	if s.commitErr == nil {
		s.committed++
	}
	return s.commitErr
}

var thingID = uuid.MustParse("0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d")

// Thing is a resource in version 3.
type Thing struct {
	ID   uuid.UUID `json:"id"`
	Got  any       `json:"got"`
	fail bool
}

func (Thing) Entity() (uuid.UUID, int64) { return thingID, 3 }

const tag = `"0193e2a5-6c1e-7b0d-9c6a-2f1d3b4a5c6d-3"`

// MarshalJSON fails for a thing that cannot be encoded.
func (t Thing) MarshalJSON() ([]byte, error) {
	if t.fail {
		return nil, errors.New("secret of the encoder")
	}
	return json.Marshal(map[string]any{"id": t.ID, "got": t.Got})
}

type newThing struct {
	Name     name.Name         `json:"name"`
	Password password.Password `json:"password,omitzero"`
	Owner    *uuid.UUID        `json:"owner,omitempty"`
	Code     *code.Code        `json:"code,omitempty"`
	Price    money.Money       `json:"price,omitempty" maximum:"100"`
	Count    int               `json:"count,omitempty" minimum:"1" maximum:"10"`
	At       *time.Time        `json:"at,omitempty"`
	Parts    []part            `json:"parts,omitempty" maxItems:"3"`
	Note     text.Text         `json:"note,omitempty"`
}

type part struct {
	Name  name.Name   `json:"name"`
	Price money.Money `json:"price,omitempty"`
}

type thingPath struct {
	ID uuid.UUID `path:"id" json:"-"`
}

type change struct {
	thingPath
	Name opt.Value[name.Name]    `json:"name,omitzero"`
	Note opt.Nullable[text.Text] `json:"note,omitzero" nullable:"true"`
}

type filter struct {
	Min  *money.Money `query:"min"`
	At   *time.Time   `query:"at"`
	Flag *bool        `query:"flag"`
	Code *code.Code   `query:"code"`
	rest.Page
}

// policy allows everything but what it is told to refuse.
type policy struct {
	refuses string // an action on a resource
	depends string // an action about which it looks at the resource
	members string // an action that is for ORGANISERs
}

func (p *policy) Allows(_ context.Context, _ request.Actor, action string, res *auth.Resource) (bool, error) {
	return res == nil || action != p.refuses && (action != p.members || res.Member == role.Organiser), nil
}

func (p *policy) Depends(_ context.Context, action string) (bool, error) {
	return action == p.depends, nil
}

func (p *policy) Fresh(who request.Actor) error {
	if who.AuthAt.IsZero() {
		return auth.ErrNotFresh
	}
	return nil
}

func (p *policy) Access(string) auth.Access { return auth.Access{} }

// api is a service with one kind of thing, whose handlers do nothing unless a test replaces them.
type api struct {
	*rest.API[*store]
	store  *store
	info   *request.Info // of the last request
	limit  int64
	guard  error // what the guard refuses with
	handle func(c rest.Call[*store]) (Thing, error)
	policy *policy
	is     role.Member // the account, at every market
	looked int         // how often that was looked up
}

var errExists = errs.New(errs.Conflict, "thing_exists", "there is one", "do something else")

func newAPI(t testing.TB) *api {
	t.Helper()
	a := &api{store: &store{}, limit: 1 << 20, policy: &policy{}, handle: func(rest.Call[*store]) (Thing, error) {
		return Thing{ID: thingID}, nil
	}}
	a.API = rest.New(rest.Config[*store]{
		Router: chi.NewRouter(), Domains: a.store, InTx: a.store.inTx, Policy: a.policy,
		Member: func(context.Context, **store, uuid.UUID, uuid.UUID) (role.Member, error) {
			a.looked++
			return a.is, nil
		},
		Guard: func(rest.Op) func(http.Handler) http.Handler {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if a.guard != nil {
						rest.Fail(w, r, a.guard)
						return
					}
					next.ServeHTTP(w, r)
				})
			}
		},
	})
	run := func(c rest.Call[*store], got any) (Thing, error) {
		(*c.D).handled++
		th, err := a.handle(c)
		if th.Got == nil {
			th.Got = got
		}
		return th, err
	}
	rest.Write(a.API, rest.Op{Method: "POST", Path: "/things", Action: "thing.create", Location: "/things/"},
		func(c rest.Call[*store], in newThing) (Thing, error) {
			return run(c, in)
		})
	rest.Read(a.API, rest.Op{Method: "GET", Path: "/things", Action: "thing.list"},
		func(c rest.Call[*store], in filter) (rest.List[Thing], error) {
			th, err := run(c, in.Scope)
			return rest.List[Thing]{Items: []Thing{th}, NextCursor: "next+cursor"}, err
		})
	rest.Read(a.API, rest.Op{Method: "GET", Path: "/things/{id}", Action: "thing.read"},
		func(c rest.Call[*store], in thingPath) (Thing, error) {
			return run(c, in.ID)
		})
	rest.Write(a.API, rest.Op{Method: "PATCH", Path: "/things/{id}", Action: "thing.update"},
		func(c rest.Call[*store], in change) (Thing, error) {
			th, err := run(c, map[string]any{"nameSet": in.Name.Set, "noteSet": in.Note.Set, "noteNull": in.Note.V == nil})
			if err != nil {
				return th, err
			}
			return th, c.Match(thingID, 3)
		})
	rest.Write(a.API, rest.Op{Method: "DELETE", Path: "/things/{id}", Action: "thing.delete"},
		func(c rest.Call[*store], in thingPath) (rest.None, error) {
			_, err := run(c, in.ID) // it forgets Match
			return rest.None{}, err
		})
	return a
}

// ask makes a request; headers come in pairs.
func (a *api) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if i == 0 || headers[i] != headers[i-2] {
			r.Header.Del(headers[i])
		}
		if headers[i+1] != "" {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	a.info = &request.Info{TraceID: "0af7651916cd43dd8448eb211c80319c"}
	r.Body = http.MaxBytesReader(w, r.Body, a.limit)
	a.Router.ServeHTTP(w, r.WithContext(request.With(r.Context(), a.info)))
	return w
}

// problem is status, code and the places of an answer, such as "422 validation_failed body.name body.price".
func problem(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code < 400 {
		return http.StatusText(w.Code)
	}
	var p rest.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil ||
		w.Header().Get("Content-Type") != "application/problem+json" ||
		p.Status != w.Code || p.TraceID == "" || p.Title == "" || p.Type == "" || p.Detail == "" || p.Instance == "" {
		t.Errorf("not a whole problem: %v %s", err, w.Body)
	}
	s := http.StatusText(w.Code) + " " + p.Code
	for i, f := range p.Errors {
		if i == 0 || f.Location != p.Errors[i-1].Location {
			s += " " + f.Location
		}
	}
	return s
}
