package apikeyapp_test

import (
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/apikeyapp"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/foundation/clock"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "API keys", apptest.Suite{Rights: rights, Bad: bad, Examples: examples})
}

const path = "/v1/users/me/keys"

func body(actions ...string) object {
	return object{"name": "till", "actions": actions, "expiresAt": clock.Now().Add(time.Hour)}
}

// made is a key of who, over HTTP.
func made(t testing.TB, s *apptest.Service, who apptest.User, body object) (k apikeyapp.Key) {
	t.Helper()
	s.OK(t, 201, &k, "POST", path, who.Token, body)
	return k
}

// ofKey is a request about a key of whoever asks, or, where that is nobody, of a stranger.
func ofKey(c *apptest.Cell) (string, any) {
	who := c.Who
	switch c.Identity {
	case apptest.Nobody, apptest.Expired, apptest.Disabled:
		who = c.Stranger
	}
	return path + "/" + made(c.T, c.Service, who, body("sale.read")).ID.String(), nil
}

var rights = []apptest.Row{
	{Route: "GET /v1/users/me/keys", Want: apptest.Accounts(200), Call: apptest.Path(path)},
	{Route: "POST /v1/users/me/keys", Want: apptest.Accounts(201), Call: func(*apptest.Cell) (string, any) {
		return path, body("sale.create")
	}},
	{Route: "GET /v1/users/me/keys/{keyID}", Want: apptest.Accounts(200), Call: ofKey},
	{Route: "DELETE /v1/users/me/keys/{keyID}", Want: apptest.Accounts(204), Call: ofKey},
}

var bad = []apptest.Bad{{Route: "POST /v1/users/me/keys",
	Body: func(c *apptest.Cell, body object) {
		body["marketID"] = c.Market()["id"]
	},
	Right: apptest.Right{"name": apptest.AsName}}}

func examples(r *apptest.Recorder) {
	m := r.Market(r.T)
	k := r.Do("createKey", 201, "POST", path, `{"name": "Web shop", "marketID": "`+m["id"].(string)+`",
		"actions": ["product.read", "sale.create", "sale.read"], "expiresAt": "2026-12-31T00:00:00Z"}`)
	r.Do("listKeys", 200, "GET", path, "")
	id := k["id"].(string)
	r.Do("getKey", 200, "GET", path+"/"+id, "")
	r.Do("deleteKey", 204, "DELETE", path+"/"+id, "")
}
