package authapp

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

// passkeyRoutes are about logging in with a passkey.
func (a app) passkeyRoutes(api *rest.API[business.Domains]) {
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/passkeys/login/begin", Action: "token.passkey", Status: http.StatusOK,
		ID: "beginPasskeyLogin", Summary: "Begin to log in with a passkey",
		Description: "`publicKey` goes through `PublicKeyCredential.parseRequestOptionsFromJSON` to " +
			"`navigator.credentials.get`, which offers the passkeys that the device has for the service: no address is " +
			"asked for. What is asked is good for five minutes and once. At most 60 a minute from an address.",
		Errors: []*errs.Error{passkeybus.ErrOff},
	}, beginPasskey)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/passkeys/login/finish", Action: "token.passkey", Status: http.StatusOK,
		ID: "logInWithPasskey", Summary: "Log in with a passkey",
		Description: "The tokens are those of `POST /v1/auth/token`. A passkey is both factors, so no code is wanted. Why " +
			"it was refused is not told.",
		Unrecorded: []string{"passkey"},
		Errors:     []*errs.Error{passkeybus.ErrOff, passkeybus.ErrRefused, quota.ErrReached},
	}, a.logInWithPasskey)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/auth/passkeys/confirm/begin", Action: "token.confirm", Status: http.StatusOK,
		ID: "beginConfirm", Summary: "Begin to confirm with a passkey",
		Description: "As `POST /v1/auth/passkeys/login/begin`, for the passkeys of the account. The browser's answer is " +
			"`passkey` of `POST /v1/auth/confirm`.",
		Errors: []*errs.Error{passkeybus.ErrOff, passkeybus.ErrNotFound},
	}, beginConfirm)
}

func beginPasskey(c rest.Call[business.Domains], _ struct{}) (Options, error) {
	if _, err := c.Attempt(c.D.Attempts.Ask(c, c.RemoteAddr())); err != nil {
		return Options{}, err
	}
	options, err := c.D.Passkeys.BeginLogIn(c)
	return Options{jsontext.Value(options)}, err
}

func beginConfirm(c rest.Call[business.Domains], _ struct{}) (Options, error) {
	c.About("user", c.Actor.ID)
	options, err := c.D.Passkeys.BeginConfirm(c, c.Actor.ID)
	return Options{jsontext.Value(options)}, err
}

func (a app) logInWithPasskey(c rest.Call[business.Domains], in passkeyLogin) (Token, error) {
	u, k, err := c.D.Passkeys.LogIn(c, in.Passkey.answer())
	aboutPasskey(c, u, k, err)
	if errors.Is(err, passkeybus.ErrRefused) {
		return Token{}, rest.Committed(cmp.Or(wrong(c), err)) // what was asked is not asked again
	}
	if err != nil {
		return Token{}, err
	}
	g, err := c.D.Sessions.Begin(c, u, client(c))
	if err != nil {
		return Token{}, err
	}
	return a.token(c, g)
}

// aboutPasskey tells the audit whose passkey was tried; of a copy, which one.
func aboutPasskey(c rest.Call[business.Domains], u userbus.User, k passkeybus.Passkey, err error) {
	if errors.Is(err, passkeybus.ErrCloned) {
		c.About("passkey", k.ID)
	} else {
		c.About("user", u.ID)
	}
}

// confirmWithPasskey is confirm of who has answered with a passkey instead of the password.
func (a app) confirmWithPasskey(c rest.Call[business.Domains], in confirmation) (Bearer, error) {
	u, k, err := c.D.Passkeys.Confirm(c, c.Actor.ID, in.Passkey.answer())
	aboutPasskey(c, u, k, err)
	if errors.Is(err, passkeybus.ErrRefused) {
		return Bearer{}, rest.Committed(cmp.Or(wrong(c), passkeybus.Wrong(err, "passkey")))
	}
	if err != nil {
		return Bearer{}, err
	}
	now := a.tokens.Now()
	if u, err = confirmed(c, u, now); err != nil {
		return Bearer{}, err
	}
	return a.access(c, u, c.Actor.Session, now)
}

type passkeyLogin struct {
	Passkey assertion `json:"passkey" doc:"The browser's answer, by its toJSON()."`
}

// assertion is an AuthenticationResponseJSON (WebAuthn, 5.1). What is there twice is looked at once.
type assertion struct {
	ID         string         `json:"id" pattern:"^[A-Za-z0-9_-]+$" maxLength:"1364" doc:"What the device calls it."`
	RawID      string         `json:"rawId,omitzero" pattern:"^[A-Za-z0-9_-]+$" maxLength:"1364" doc:"The id again."`
	Type       string         `json:"type" enum:"public-key" doc:"Always so."`
	Attachment string         `json:"authenticatorAttachment,omitzero" enum:"platform,cross-platform" doc:"Not looked at."`
	Extensions jsontext.Value `json:"clientExtensionResults,omitzero" doc:"None is asked for, so none is looked at."`
	Response   asserted       `json:"response" doc:"What the device says. All of it is base64url without padding."`
}

type asserted struct {
	ClientData        string `json:"clientDataJSON" pattern:"^[A-Za-z0-9_-]+$" maxLength:"8192" doc:"What was asked."`
	AuthenticatorData string `json:"authenticatorData" pattern:"^[A-Za-z0-9_-]+$" maxLength:"8192" doc:"Flags and count."`
	Signature         string `json:"signature" pattern:"^[A-Za-z0-9_-]+$" maxLength:"8192" doc:"Over both."`
	UserHandle        string `json:"userHandle,omitzero" pattern:"^[A-Za-z0-9_-]*$" maxLength:"86" doc:"Whose it is."`
}

// answer is the answer as the business takes it. What is not base64url is nothing, and no answer.
func (a assertion) answer() passkeybus.Assertion {
	raw := base64.RawURLEncoding.Strict()
	id, _ := raw.DecodeString(a.ID)
	data, _ := raw.DecodeString(a.Response.ClientData)
	authenticator, _ := raw.DecodeString(a.Response.AuthenticatorData)
	signature, _ := raw.DecodeString(a.Response.Signature)
	user, _ := raw.DecodeString(a.Response.UserHandle)
	return passkeybus.Assertion{CredentialID: id, ClientData: data, AuthenticatorData: authenticator,
		Signature: signature, UserHandle: user}
}

// Options are what a browser is asked for.
type Options struct {
	PublicKey jsontext.Value `json:"publicKey" doc:"In the JSON of WebAuthn, 5.1.9."`
}
