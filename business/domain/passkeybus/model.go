package passkeybus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// Passkey is a key pair of an account whose private half a device keeps (WebAuthn, 4: credential record).
type Passkey struct {
	ID             uuid.UUID
	UserID         uuid.UUID
	Name           name.Name // what its account calls it
	CredentialID   []byte    // what its device calls it
	PublicKey      []byte    // COSE_Key (RFC 9052, 7)
	SignCount      int64     // how often it signed when it was last used; 0 where the device does not count
	Transports     []string  // how browsers reach the device
	BackupEligible bool      // whether it may be on several devices
	BackedUp       bool      // whether it is
	AAGUID         uuid.UUID // the model of the device; Nil: not told
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	LastUsedAt     *time.Time
}

// UpdatePasskey is what can be changed of one.
type UpdatePasskey struct {
	Name opt.Value[name.Name]
}

// Purpose is what a challenge is for.
type Purpose string

// The purposes. LogIn alone is of no account.
const (
	Register Purpose = "REGISTER"
	LogIn    Purpose = "LOGIN"
	Confirm  Purpose = "CONFIRM"
)

// Challenge is what a device signs, of 256 random bits, once.
type Challenge struct {
	Hash      []byte
	Purpose   Purpose
	UserID    *uuid.UUID // whose device shall answer; nil: any
	ExpiresAt time.Time
}

// Attestation is what a device says of a new passkey (WebAuthn, 5.2.1).
type Attestation struct {
	CredentialID []byte
	ClientData   []byte
	Object       []byte
	Transports   []string
}

// Assertion is how a device shows that it has a passkey (WebAuthn, 5.2.2).
type Assertion struct {
	CredentialID      []byte
	ClientData        []byte
	AuthenticatorData []byte
	Signature         []byte
	UserHandle        []byte
}

// Party is the service as devices know it.
type Party struct{ *webauthn.WebAuthn }

// NewParty makes the Party of the service whose pages are at these origins: the first one's host is what passkeys are
// for, and the others are at it or beneath it. With none there are no passkeys.
func NewParty(origins []string) (Party, error) {
	if len(origins) == 0 {
		return Party{}, nil
	}
	var id string
	for _, o := range origins {
		u, err := url.Parse(o)
		switch {
		case err != nil || u.Host == "" || o != u.Scheme+"://"+u.Host:
			return Party{}, fmt.Errorf("%q is no origin like https://sales.example.com", o)
		case u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost"):
			return Party{}, fmt.Errorf("%q: browsers have passkeys with https only, or at http://localhost", o)
		case id == "":
			id = u.Hostname()
		case u.Hostname() != id && !strings.HasSuffix(u.Hostname(), "."+id):
			return Party{}, fmt.Errorf("%q is not at %s, the host of the first one, nor beneath it", o, id)
		}
	}
	timeout := webauthn.TimeoutConfig{Timeout: challengeLife}
	w, err := webauthn.New(&webauthn.Config{
		RPID: id, RPDisplayName: "Garage sale", RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	if err != nil {
		return Party{}, errors.New("the host must be a name: browsers have no passkeys for addresses of the net")
	}
	return Party{w}, nil
}

// owner is an account with its passkeys, as the library wants it.
type owner struct {
	userbus.User
	keys []Passkey
}

func (o owner) WebAuthnID() []byte          { return o.ID[:] }
func (o owner) WebAuthnName() string        { return string(o.Email) }
func (o owner) WebAuthnDisplayName() string { return string(o.Name) }

func (o owner) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(o.keys))
	for i, k := range o.keys {
		list[i] = webauthn.Credential{ID: k.CredentialID, PublicKey: k.PublicKey,
			Flags: webauthn.CredentialFlags{BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID[:],
				SignCount: uint32(k.SignCount)}, //nolint:gosec // the table keeps it to 32 bits
		}
		for _, t := range k.Transports {
			list[i].Transport = append(list[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return list
}
