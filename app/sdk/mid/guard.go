package mid

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/app/sdk/rest"
)

// Guard lets those in whose role may do the action at all, and whose password was given lately where the operation
// wants that, before the body is read. What depends on the resource is asked again by rest.Call.Allow.
func Guard(a *auth.Auth, op rest.Op) func(http.Handler) http.Handler {
	action := op.Action
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := request.From(r.Context())
			if header := r.Header.Get("Authorization"); header != "" && action != auth.ActionLogin {
				who, err := a.Authenticate(r.Context(), header)
				if err != nil {
					if errors.Is(err, auth.ErrBadToken) {
						w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3.1
					}
					rest.Fail(w, r, err)
					return
				}
				info.Actor = who
				if op.Long {
					info.Still = still(who, func() error {
						_, err := a.Authenticate(r.Context(), header)
						return err
					})
				}
			}
			ok, err := a.Allows(r.Context(), info.Actor, action, nil)
			switch {
			case err != nil:
				rest.Fail(w, r, err)
			case !ok && info.Actor.ID == uuid.Nil:
				rest.Fail(w, r, auth.ErrNoToken)
			case !ok && info.Actor.Enrol:
				rest.Fail(w, r, auth.ErrEnrol)
			case !ok && info.Actor.Key != nil:
				rest.Fail(w, r, auth.ErrKey)
			case !ok:
				rest.Fail(w, r, auth.ErrForbidden)
			case op.Fresh && a.Fresh(info.Actor) != nil:
				rest.Fail(w, r, auth.ErrNotFresh)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// keyEvery is how often a stream asks whether its API key is good, at most: the database is asked each time.
const keyEvery = time.Second

// still is ask, for an API key no more often than keyEvery while it is good. It is for one goroutine.
func still(who request.Actor, ask func() error) func() error {
	if who.Key == nil {
		return ask
	}
	asked := time.Now()
	return func() error {
		if time.Since(asked) < keyEvery {
			return nil
		}
		asked = time.Now()
		return ask()
	}
}
