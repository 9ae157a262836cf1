// Package passkeyapp is the passkeys of the API: an account registers, names and removes its own. Logging in with them
// is authapp's.
package passkeyapp

import (
	_ "embed"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

type call = rest.Call[business.Domains]

type app struct{ auth *auth.Auth }

// Routes adds the routes of passkeys. What ends sessions tells auth.
func Routes(api *rest.API[business.Domains], authority *auth.Auth) {
	api.Describe(rest.Tag{Name: "Passkeys", Description: "Keys that devices keep (WebAuthn, Level 3), with which an " +
		"account logs in without a password. A passkey is both factors, because the device asks for a finger, a face or a " +
		"PIN; so an account that has one no longer gets in with its password alone."}, examples)
	a := app{authority}
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/passkeys/register/begin", Action: "passkey.create", Fresh: true,
		Status: http.StatusOK, ID: "beginPasskey", Summary: "Begin to register a passkey",
		Description: "`publicKey` goes through `PublicKeyCredential.parseCreationOptionsFromJSON` to " +
			"`navigator.credentials.create`. What is asked is good for five minutes and once, and until it is begun again. " +
			"An account has at most 10 passkeys.",
		Errors: []*errs.Error{passkeybus.ErrOff, quota.ErrReached},
	}, begin)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/passkeys/register/finish", Action: "passkey.create", Fresh: true,
		Location: "/v1/auth/passkeys/", ID: "createPasskey", Summary: "Register a passkey",
		Description: "`credential` is what the `toJSON()` of the browser's answer gives. All other sessions of the account " +
			"end, and a mail tells of it. From now on its password alone logs it in no more.",
		Unrecorded: []string{"credential"},
		Errors: []*errs.Error{passkeybus.ErrOff, passkeybus.ErrWrong, passkeybus.ErrExists,
			quota.ErrReached},
	}, a.create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/auth/passkeys", Action: "passkey.read",
		ID: "listPasskeys", Summary: "List one's passkeys", Description: "The oldest first; all of them, on one page.",
	}, list)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/auth/passkeys/{passkeyID}", Action: "passkey.read",
		ID: "getPasskey", Summary: "Read a passkey", Description: "One of one's own.",
		Errors: []*errs.Error{passkeybus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/auth/passkeys/{passkeyID}", Action: "passkey.update",
		ID: "updatePasskey", Summary: "Name a passkey", Description: "So that one knows it again. A field that is left " +
			"out stays.",
		Errors: []*errs.Error{passkeybus.ErrNotFound},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/auth/passkeys/{passkeyID}", Action: "passkey.delete", Fresh: true,
		ID: "deletePasskey", Summary: "Remove a passkey",
		Description: "All other sessions of the account end, and a mail tells of it. The last one of an account without a " +
			"password stays.",
		Errors: []*errs.Error{passkeybus.ErrNotFound, passkeybus.ErrLast},
	}, a.remove)
}

func begin(c call, _ struct{}) (Options, error) {
	c.About("user", c.Actor.ID)
	options, err := c.D.Passkeys.BeginRegister(c, c.Actor.ID)
	return Options{jsontext.Value(options)}, err
}

func (a app) create(c call, in newPasskey) (Passkey, error) {
	k, err := c.D.Passkeys.Register(c, c.Actor.ID, in.Name, in.Credential.attestation())
	if errors.Is(err, passkeybus.ErrRefused) {
		return Passkey{}, rest.Committed(passkeybus.Wrong(err, "credential")) // what was asked is not asked again
	}
	if err != nil {
		return Passkey{}, err
	}
	return toPasskey(k), a.endOthers(c)
}

func list(c call, _ struct{}) (Passkeys, error) {
	keys, err := c.D.Passkeys.Of(c, c.Actor.ID)
	out := Passkeys{Items: make([]Passkey, len(keys))}
	for i, k := range keys {
		out.Items[i] = toPasskey(k)
	}
	return out, err
}

func get(c call, in passkeyID) (Passkey, error) {
	k, err := c.D.Passkeys.Get(c, c.Actor.ID, in.ID)
	return toPasskey(k), err
}

func update(c call, in updatePasskey) (Passkey, error) {
	k, err := lock(c, in.ID)
	if err != nil {
		return Passkey{}, err
	}
	k, err = c.D.Passkeys.Update(c, k, passkeybus.UpdatePasskey(in.Changes))
	return toPasskey(k), err
}

func (a app) remove(c call, in passkeyID) (rest.None, error) {
	k, err := lock(c, in.ID)
	if err != nil {
		return rest.None{}, err
	}
	if err := c.D.Passkeys.Delete(c, k); err != nil {
		return rest.None{}, err
	}
	return rest.None{}, a.endOthers(c)
}

func lock(c call, id uuid.UUID) (passkeybus.Passkey, error) {
	k, err := c.D.Passkeys.Lock(c, c.Actor.ID, id)
	if err != nil {
		return k, err
	}
	return k, c.Match(k.ID, k.Version)
}

// endOthers ends the sessions that began with less than the account asks for now, or with a passkey that was lost.
func (a app) endOthers(c call) error {
	ended, err := c.D.Sessions.EndOthers(c, c.Actor.ID, c.Actor.Session)
	c.OnCommit(func() {
		for _, id := range ended {
			a.auth.EndSession(id)
		}
	})
	return err
}
