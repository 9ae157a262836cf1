package apptest

import (
	"encoding/json"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// Device is an authenticator with one passkey, and the browser in front of it, of an account.
type Device struct {
	Service *Service
	Owner   User
	Party   virtualwebauthn.RelyingParty // as the browser sees it
	Key     virtualwebauthn.Credential   // its Counter is of the last signature
	Auth    virtualwebauthn.Authenticator
}

// NewDevice makes a device, whose passkey is not registered yet.
func (s *Service) NewDevice(u User) *Device {
	d := &Device{Service: s, Owner: u, Party: virtualwebauthn.RelyingParty{ID: "sales.example.com", Origin: Origin},
		Key:  newKey(),
		Auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: u.ID[:]})}
	d.Auth.AddCredential(d.Key)
	return d
}

// newKey makes a key pair whose coordinates both have all of their 32 bytes: the library leaves out zeros in front,
// which makes every 128th key none.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // as a COSE_Key
	for {
		if k := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.Key.AttestationData()) == whole {
			return k
		}
	}
}

const pathOfKeys = "/v1/auth/passkeys"

// Add registers the passkey, and returns what the API says of it.
func (d *Device) Add(t testing.TB) (made Object) {
	t.Helper()
	d.Service.OK(t, 201, &made, "POST", pathOfKeys+"/register/finish", d.Owner.Token,
		Object{"name": "Phone", "credential": d.Register(t)})
	return made
}

// Register begins to register the passkey, and returns the browser's answer.
func (d *Device) Register(t testing.TB) Object {
	t.Helper()
	a := d.Service.OK(t, 200, nil, "POST", pathOfKeys+"/register/begin", d.Owner.Token, nil)
	return d.Created(t, a.Body)
}

// Created is the browser's answer to the options of a registration.
func (d *Device) Created(t testing.TB, options []byte) Object {
	t.Helper()
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(options))
	must(t, err)
	return object(t, virtualwebauthn.CreateAttestationResponse(d.Party, d.Auth, d.Key, *parsed))
}

// LogIn begins to log in, and returns the browser's answer.
func (d *Device) LogIn(t testing.TB) Object { return d.assert(t, "/login/begin", "") }

// Confirm begins to confirm, and returns the browser's answer.
func (d *Device) Confirm(t testing.TB, token string) Object {
	return d.assert(t, "/confirm/begin", token)
}

func (d *Device) assert(t testing.TB, begin, token string) Object {
	t.Helper()
	a := d.Service.OK(t, 200, nil, "POST", pathOfKeys+begin, token, nil)
	return d.Answer(t, a.Body)
}

// Answer is the browser's answer to the options of a login or confirmation.
func (d *Device) Answer(t testing.TB, options []byte) Object {
	t.Helper()
	parsed, err := virtualwebauthn.ParseAssertionOptions(string(options))
	must(t, err)
	d.Key.Counter++
	return object(t, virtualwebauthn.CreateAssertionResponse(d.Party, d.Auth, d.Key, *parsed))
}

func object(t testing.TB, raw string) (o Object) {
	t.Helper()
	must(t, json.Unmarshal([]byte(raw), &o))
	return o
}
