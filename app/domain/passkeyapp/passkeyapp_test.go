package passkeyapp_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

type object = apptest.Object

const path = "/v1/auth/passkeys"

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Passkeys", apptest.Suite{Rights: rights, Patches: patches, Bad: bad, Examples: examples})
}

// stored is a passkey of an account that no device has, past HTTP, and its address.
func stored(t *testing.T, s *apptest.Service, owner uuid.UUID) string {
	t.Helper()
	id := uuid.New()
	if _, err := s.DB.Exec(t.Context(), `
		INSERT INTO passkeys (passkey_id, user_id, name, credential_id, public_key, sign_count, transports, backup_eligible,
			backed_up, aaguid, version, created_at, updated_at)
		VALUES ($1, $2, 'Phone', $3, 'key', 0, '{}', false, false, $1, 1, now() - interval '1 hour',
			now() - interval '1 hour')`, id, owner, id[:]); err != nil {
		t.Fatal(err)
	}
	return path + "/" + id.String()
}

// own is a request about a passkey of whoever asks.
func own(body any) func(*apptest.Cell) (string, any) {
	return func(c *apptest.Cell) (string, any) {
		owner := c.Who.ID
		if owner == uuid.Nil {
			owner = c.Root.ID
		}
		return stored(c.T, c.Service, owner), body
	}
}

var rights = []apptest.Row{
	{Route: "POST /v1/auth/passkeys/register/begin", Want: apptest.Accounts(200),
		Call: apptest.Path(path + "/register/begin")},
	{Route: "POST /v1/auth/passkeys/register/finish", Want: apptest.Accounts(201), Call: register},
	{Route: "GET /v1/auth/passkeys", Want: apptest.Accounts(200), Call: apptest.Path(path)},
	{Route: "GET /v1/auth/passkeys/{passkeyID}", Want: apptest.Accounts(200), Call: own(nil)},
	{Route: "PATCH /v1/auth/passkeys/{passkeyID}", Want: apptest.Accounts(200), Call: own(object{"name": "Key"})},
	{Route: "DELETE /v1/auth/passkeys/{passkeyID}", Want: apptest.Accounts(204), Call: own(nil)},
}

func register(c *apptest.Cell) (string, any) {
	d := c.NewDevice(c.Who)
	if c.Do(c.T, "GET", path, c.Who.Token, nil).Status != 200 {
		d = c.NewDevice(c.Root) // for the form of it
	}
	return path + "/register/finish", object{"name": "Phone", "credential": d.Register(c.T)}
}

var patches = []apptest.Patch{{
	Route:  "PATCH /v1/auth/passkeys/{passkeyID}",
	Fields: []apptest.Field{{Name: "name", Value: "Yellow key"}},
	Make: func(t *testing.T, w *apptest.World) (string, apptest.User) {
		return stored(t, w.Service, w.Root.ID), apptest.User{}
	},
}}

var (
	text = []string{`"12"`, apptest.AsText[1]}
	bad  = []apptest.Bad{
		{Route: "POST /v1/auth/passkeys/register/finish", Right: apptest.Right{"name": apptest.AsName, "id": text,
			"rawId": text, "clientDataJSON": text, "attestationObject": text}},
		{Route: "PATCH /v1/auth/passkeys/{passkeyID}", Right: apptest.Right{"name": apptest.AsName}},
	}
)

func examples(r *apptest.Recorder) {
	d := r.NewDevice(r.Root)
	options := r.Do("beginPasskey", 200, "POST", path+"/register/begin", "")
	answer := apptest.Marshal(r.T, object{"name": "Phone", "credential": d.Created(r.T, apptest.Marshal(r.T, options))})
	p := path + "/" + r.Do("createPasskey", 201, "POST", path+"/register/finish", string(answer))["id"].(string)
	r.Do("listPasskeys", 200, "GET", path, "")
	r.Do("getPasskey", 200, "GET", p, "")
	r.Do("updatePasskey", 200, "PATCH", p, `{"name": "Yellow key"}`)
	r.Do("deletePasskey", 204, "DELETE", p, "")
}
