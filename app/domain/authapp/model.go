package authapp

import (
	"encoding/base64"
	"math/big"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/foundation/keystore"
)

// Token is what a login gives (RFC 6749, 5.1, in the API's own case).
type Token struct {
	AccessToken  string `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"` // seconds
	RefreshToken string `json:"refreshToken"`
}

type login struct {
	Authorization string `header:"Authorization"`
	attempt       attempts.Attempt
	user          userbus.User
	rehash        string // a hash at today's cost, if the user's is outdated
}

type refreshToken struct {
	RefreshToken string `json:"refreshToken" format:"password" minLength:"1" maxLength:"200"`
	attempt      attempts.Attempt
}

// JWKS is a JSON Web Key Set (RFC 7517, 5).
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWK is a public RSA key (RFC 7517, 4 and RFC 7518, 6.3.1).
type JWK struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
}

func toJWK(k keystore.PublicKey) JWK {
	b64 := base64.RawURLEncoding.EncodeToString
	return JWK{Kty: "RSA", Use: "sig", Alg: "RS256", Kid: k.ID, N: b64(k.Key.N.Bytes()),
		E: b64(big.NewInt(int64(k.Key.E)).Bytes())}
}
