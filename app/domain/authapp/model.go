package authapp

import (
	"encoding/base64"
	"math/big"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/identitybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/foundation/keystore"
)

// Bearer is what confirming the password gives (RFC 6749, 5.1, in the API's own case).
type Bearer struct {
	AccessToken string `json:"accessToken" doc:"For 'Authorization: Bearer …'."`
	TokenType   string `json:"tokenType" doc:"Always Bearer."`
	ExpiresIn   int    `json:"expiresIn" doc:"How many seconds the access token is good."` // seconds
}

// Token is what a login gives.
type Token struct {
	Bearer
	RefreshToken string `json:"refreshToken" doc:"For 'POST /v1/auth/refresh', once."`
}

type confirmation struct {
	Password string     `json:"password,omitzero" format:"password" maxLength:"128" doc:"The account's password."`
	Code     string     `json:"code,omitzero" format:"password" maxLength:"64" doc:"Of its second factor, if it has one."`
	Passkey  *assertion `json:"passkey,omitempty" doc:"Instead of the two: a browser's answer, by its toJSON()."`
	user     userbus.User
	attempt  attempts.Attempt // at the code
}

type login struct {
	Authorization string `header:"Authorization"`
	Code          string `header:"Factor-Code" doc:"A code of the second factor, or a recovery code, if there is one."`
	attempt       attempts.Attempt
	user          userbus.User
	rehash        string // a hash at today's cost, if the user's is outdated
}

type refreshToken struct {
	RefreshToken string `json:"refreshToken" format:"password" minLength:"1" maxLength:"200"`
}

// Sessions are where an account is logged in.
type Sessions struct {
	Items []Session `json:"items" doc:"All of them."`
}

// Session is one login, and the tokens that came of it.
type Session struct {
	ID         uuid.UUID `json:"id" doc:"The id, a UUIDv7."`
	Current    bool      `json:"current" doc:"Whether it is the one whose token asks."`
	Address    string    `json:"address" doc:"The address from which it last got tokens; empty if that is not known."`
	UserAgent  string    `json:"userAgent" doc:"What the program called itself then, at most 200 characters."`
	CreatedAt  time.Time `json:"createdAt" doc:"When it was made."`
	LastUsedAt time.Time `json:"lastUsedAt" doc:"When it last got tokens, by logging in or a refresh."`
}

type sessionID struct {
	ID uuid.UUID `path:"sessionID" json:"-"`
}

type begin struct {
	Provider string `path:"provider" json:"-" doc:"What the provider is called here."`
	Fresh    bool   `query:"fresh" json:"-" doc:"Whether it is to ask for its password again."`
}

type callback struct {
	Provider string `path:"provider" json:"-"`
	Code     string `query:"code" json:"-" doc:"What the provider gave the browser for the service."`
	State    string `query:"state" json:"-" doc:"What the login was begun with."`
	Issuer   string `query:"iss" json:"-" doc:"Who the provider is, if it says so (RFC 9207)."`
	Error    string `query:"error" json:"-" doc:"Why the provider vouches for nobody."`
	login    identitybus.Login
	attempt  attempts.Attempt
}

// Entered is what coming back from a provider gives: tokens, or what to go on with.
type Entered struct {
	AccessToken  string   `json:"accessToken,omitzero" doc:"For 'Authorization: Bearer …'."`
	TokenType    string   `json:"tokenType,omitzero" doc:"Always Bearer."`
	ExpiresIn    int      `json:"expiresIn,omitzero" doc:"How many seconds the access token is good."`
	RefreshToken string   `json:"refreshToken,omitzero" doc:"For 'POST /v1/auth/refresh', once."`
	Token        string   `json:"token,omitzero" doc:"For 'POST /v1/auth/oidc:link'."`
	Needs        []string `json:"needs,omitzero" enum:"PASSWORD,CODE" doc:"What that wants."`
}

type link struct {
	Token    string `json:"token" format:"password" minLength:"1" maxLength:"100" doc:"From coming back."`
	Password string `json:"password,omitzero" format:"password" maxLength:"128" doc:"The account's, if it is needed."`
	Code     string `json:"code,omitzero" format:"password" maxLength:"64" doc:"Of its second factor, if it is needed."`
	waiting  identitybus.Waiting
	user     userbus.User
	attempt  attempts.Attempt
}

// Identities are the logins of an account at providers.
type Identities struct {
	Items []Identity `json:"items" doc:"All of them."`
}

// Identity is who an account is at a provider.
type Identity struct {
	ID         uuid.UUID `json:"id" doc:"The id, a UUIDv7."`
	Issuer     string    `json:"issuer" doc:"Who the provider is."`
	CreatedAt  time.Time `json:"createdAt" doc:"When it was made."`
	LastUsedAt time.Time `json:"lastUsedAt" doc:"When the account last logged in with it."`
}

type identityID struct {
	ID uuid.UUID `path:"identityID" json:"-"`
}

// JWKS is a JSON Web Key Set (RFC 7517, 5).
type JWKS struct {
	Keys []JWK `json:"keys" doc:"The keys, the newest last."`
}

// JWK is a public RSA key (RFC 7517, 4 and RFC 7518, 6.3.1).
type JWK struct {
	Kty string `json:"kty" doc:"Always RSA."`
	Use string `json:"use" doc:"Always sig: for signatures."`
	Alg string `json:"alg" doc:"Always RS256."`
	Kid string `json:"kid" doc:"The id of the key, as in the header of a token."`
	N   string `json:"n" doc:"The modulus, base64url."`
	E   string `json:"e" doc:"The exponent, base64url."`
}

func toJWK(k keystore.PublicKey) JWK {
	b64 := base64.RawURLEncoding.EncodeToString
	return JWK{Kty: "RSA", Use: "sig", Alg: "RS256", Kid: k.ID, N: b64(k.Key.N.Bytes()),
		E: b64(big.NewInt(int64(k.Key.E)).Bytes())}
}
