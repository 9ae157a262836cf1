package passkeyapp

import (
	"encoding/base64"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// Options are what a browser is asked for.
type Options struct {
	PublicKey jsontext.Value `json:"publicKey" doc:"In the JSON of WebAuthn, 5.1.8 and 5.1.9."`
}

// Passkey is one of an account.
type Passkey struct {
	ID         uuid.UUID  `json:"id" doc:"The id, a UUIDv7."`
	Name       name.Name  `json:"name" doc:"What its account calls it."`
	Version    int64      `json:"-"`
	CreatedAt  time.Time  `json:"createdAt" doc:"When it was registered."`
	UpdatedAt  time.Time  `json:"updatedAt" doc:"When it was last named."`
	LastUsedAt *time.Time `json:"lastUsedAt,omitempty" doc:"When it last logged in or confirmed; left out: not yet."`
}

// Entity implements rest.Resource.
func (p Passkey) Entity() (uuid.UUID, int64) { return p.ID, p.Version }

func toPasskey(k passkeybus.Passkey) Passkey {
	return Passkey{k.ID, k.Name, k.Version, k.CreatedAt, k.UpdatedAt, k.LastUsedAt}
}

// Passkeys are those of an account.
type Passkeys struct {
	Items []Passkey `json:"items" doc:"All of them."`
}

type newPasskey struct {
	Name       name.Name  `json:"name"`
	Credential credential `json:"credential" doc:"The browser's answer, by its toJSON()."`
}

// credential is a RegistrationResponseJSON (WebAuthn, 5.1). What is there twice is looked at once.
type credential struct {
	ID         string         `json:"id" pattern:"^[A-Za-z0-9_-]+$" maxLength:"1364" doc:"What the device calls it."`
	RawID      string         `json:"rawId,omitzero" pattern:"^[A-Za-z0-9_-]+$" maxLength:"1364" doc:"The id again."`
	Type       string         `json:"type" enum:"public-key" doc:"Always so."`
	Attachment string         `json:"authenticatorAttachment,omitzero" enum:"platform,cross-platform" doc:"Not looked at."`
	Extensions jsontext.Value `json:"clientExtensionResults,omitzero" doc:"None is asked for, so none is looked at."`
	Response   attested       `json:"response" doc:"What the device says. All of it is base64url without padding."`
}

type attested struct {
	ClientData    string   `json:"clientDataJSON" pattern:"^[A-Za-z0-9_-]+$" maxLength:"8192" doc:"What was asked."`
	Object        string   `json:"attestationObject" pattern:"^[A-Za-z0-9_-]+$" maxLength:"32768" doc:"The public key."`
	Authenticator string   `json:"authenticatorData,omitzero" pattern:"^[A-Za-z0-9_-]+$" maxLength:"32768" doc:"Again."`
	PublicKey     string   `json:"publicKey,omitzero" pattern:"^[A-Za-z0-9_-]+$" maxLength:"8192" doc:"Again."`
	Algorithm     int64    `json:"publicKeyAlgorithm,omitzero" minimum:"-65536" maximum:"65536" doc:"Again."`
	Transports    []string `json:"transports,omitempty" pattern:"^[a-z-]{1,32}$" maxItems:"10" doc:"Ways to the device."`
}

// attestation is the answer as the business takes it. What is not base64url is nothing, and no answer.
func (c credential) attestation() passkeybus.Attestation {
	raw := base64.RawURLEncoding.Strict()
	id, _ := raw.DecodeString(c.ID)
	data, _ := raw.DecodeString(c.Response.ClientData)
	object, _ := raw.DecodeString(c.Response.Object)
	return passkeybus.Attestation{CredentialID: id, ClientData: data, Object: object, Transports: c.Response.Transports}
}

type passkeyID struct {
	ID uuid.UUID `path:"passkeyID" json:"-"`
}

type updatePasskey struct {
	passkeyID
	Changes
}

// Changes are the members of the body.
type Changes struct {
	Name opt.Value[name.Name] `json:"name,omitzero"`
}
