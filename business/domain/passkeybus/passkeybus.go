// Package passkeybus is about the passkeys of accounts (WebAuthn, Level 3), with which they log in without a password.
package passkeybus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/opt"
)

// The errors that a caller can act on. ErrCloned is an ErrRefused for the client.
var (
	ErrNotFound = errs.New(errs.NotFound, "passkey_not_found", "passkey not found",
		"Check the id: an account sees its own only.")
	ErrOff = errs.New(errs.Conflict, "passkeys_off", "this service has no passkeys: it was not told its origins",
		"Log in with the password; who runs the service sets `SALES_AUTH_ORIGINS`.")
	ErrExists = errs.New(errs.Conflict, "passkey_exists", "this passkey is registered",
		"Use it, or let the device make another one.")
	ErrLast = errs.New(errs.Conflict, "last_login", "the account has no other way to log in",
		"Set a password first, with `POST /v1/auth/reset`, or register another passkey.")
	ErrRefused = errs.New(errs.Unauthenticated, "bad_passkey",
		"the passkey is not known here, or did not answer what was asked, or too late",
		"Begin again, with the service's own page. What was asked may be answered once, within five minutes.")
	ErrWrong = errs.New(errs.Invalid, "wrong_passkey",
		"this is no answer of a passkey to what was asked, or too late",
		"Begin again, with the service's own page. What was asked may be answered once, within five minutes.")
	ErrCloned = fmt.Errorf("%w: its signatures do not count up: there may be a copy of it", ErrRefused)
)

// Max is how many passkeys an account may have.
const Max = 10

// challengeLife is how long a challenge may be answered.
const challengeLife = 5 * time.Minute

// Storer keeps passkeys and challenges.
type Storer interface {
	// Create returns ErrExists when the credential is known, whoever's it is.
	Create(ctx context.Context, k Passkey) error
	Update(ctx context.Context, k Passkey) error
	Delete(ctx context.Context, id uuid.UUID) error
	// Of lists the passkeys of an account, the oldest first.
	Of(ctx context.Context, userID uuid.UUID) ([]Passkey, error)
	ByCredential(ctx context.Context, credentialID []byte) (Passkey, error)
	// DeleteOf deletes the passkeys and challenges of an account, and returns how many passkeys there were.
	DeleteOf(ctx context.Context, userID uuid.UUID) (int64, error)
	// Ask keeps a challenge; of an account the newest for each purpose.
	Ask(ctx context.Context, c Challenge) error
	// Answer takes a challenge away, or returns false if there is none like it that is not over yet.
	Answer(ctx context.Context, c Challenge, now time.Time) (bool, error)
	Clean(ctx context.Context, before time.Time) (int64, error)
}

// Business is the rules about passkeys.
type Business struct {
	store Storer
	users userbus.Business
	party Party
	now   func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, party Party, now func() time.Time) Business {
	return Business{store, users, party, now}
}

// BeginRegister returns the options with which a browser makes a passkey of the account, or ErrOff or quota.ErrReached.
// Begun again, the first are no good any more.
func (b Business) BeginRegister(ctx context.Context, userID uuid.UUID) (json.RawMessage, error) {
	o, err := b.room(ctx, userID)
	if err != nil {
		return nil, err
	}
	options, session, err := b.party.BeginRegistration(o,
		webauthn.WithExclusions(webauthn.Credentials(o.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("begin passkey: %w", err)
	}
	return b.ask(ctx, Register, &o.ID, session, options.Response)
}

// Register adds the passkey that a device has made, of which the account is told. The errors are ErrOff, ErrRefused,
// ErrExists and quota.ErrReached.
func (b Business) Register(ctx context.Context, userID uuid.UUID, called name.Name, a Attestation) (Passkey, error) {
	o, err := b.room(ctx, userID)
	if err != nil {
		return Passkey{}, err
	}
	raw := protocol.CredentialCreationResponse{PublicKeyCredential: credential(a.CredentialID)}
	raw.AttestationResponse.ClientDataJSON, raw.AttestationResponse.AttestationObject = a.ClientData, a.Object
	raw.AttestationResponse.Transports = a.Transports
	parsed, err := raw.Parse()
	if err != nil {
		return Passkey{}, refused(err)
	}
	session, err := b.answered(ctx, Register, &o.ID, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return Passkey{}, err
	}
	session.UserID, session.CredParams = o.WebAuthnID(), webauthn.CredentialParametersDefault()
	made, err := b.party.CreateCredential(o, session, parsed)
	if err != nil {
		return Passkey{}, refused(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Passkey{}, fmt.Errorf("passkey id: %w", err)
	}
	now := b.now()
	k := Passkey{ID: id, UserID: o.ID, Name: called, CredentialID: made.ID, PublicKey: made.PublicKey,
		SignCount: int64(made.Authenticator.SignCount), Transports: a.Transports,
		BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState, Version: 1, CreatedAt: now,
		UpdatedAt: now}
	copy(k.AAGUID[:], made.Authenticator.AAGUID)
	if err := b.store.Create(ctx, k); err != nil {
		return Passkey{}, err
	}
	return k, b.users.TellPasskey(ctx, o.User, true)
}

// room holds an account that may have one passkey more.
func (b Business) room(ctx context.Context, userID uuid.UUID) (owner, error) {
	if b.party.WebAuthn == nil {
		return owner{}, ErrOff
	}
	o, err := b.hold(ctx, userID)
	if err != nil {
		return owner{}, err
	}
	return o, quota.Check("passkeys of an account", len(o.keys), 1, Max)
}

// hold returns an account and its passkeys, and keeps others from changing them until the transaction ends.
func (b Business) hold(ctx context.Context, userID uuid.UUID) (o owner, err error) {
	if o.User, err = b.users.Lock(ctx, userID); err != nil {
		return o, err
	}
	o.keys, err = b.store.Of(ctx, userID)
	return o, err
}

// BeginLogIn returns the options with which a browser offers the passkeys that it has for the service, whoever's they
// are, or ErrOff.
func (b Business) BeginLogIn(ctx context.Context) (json.RawMessage, error) {
	if b.party.WebAuthn == nil {
		return nil, ErrOff
	}
	options, session, err := b.party.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("begin login: %w", err)
	}
	return b.ask(ctx, LogIn, nil, session, options.Response)
}

// BeginConfirm is BeginLogIn for the passkeys of an account that is logged in; ErrNotFound: it has none.
func (b Business) BeginConfirm(ctx context.Context, userID uuid.UUID) (json.RawMessage, error) {
	if b.party.WebAuthn == nil {
		return nil, ErrOff
	}
	o, err := b.hold(ctx, userID)
	if err != nil {
		return nil, err
	}
	if len(o.keys) == 0 {
		return nil, ErrNotFound
	}
	options, session, err := b.party.BeginLogin(o)
	if err != nil {
		return nil, fmt.Errorf("begin confirmation: %w", err)
	}
	return b.ask(ctx, Confirm, &o.ID, session, options.Response)
}

// LogIn returns the account that logs in, which the transaction holds from then on, and the passkey that it used. The
// errors are ErrOff, ErrRefused and ErrCloned; with these the account and the passkey are those that were tried, as far
// as they are known, for the audit.
func (b Business) LogIn(ctx context.Context, a Assertion) (userbus.User, Passkey, error) {
	if len(a.UserHandle) == 0 { // WebAuthn, 7.2, step 6
		return userbus.User{}, Passkey{}, refused(errors.New("no user handle"))
	}
	return b.use(ctx, LogIn, nil, a)
}

// Confirm is LogIn for the account that is logged in, with a passkey of its own.
func (b Business) Confirm(ctx context.Context, userID uuid.UUID, a Assertion) (userbus.User, Passkey, error) {
	return b.use(ctx, Confirm, &userID, a)
}

// use verifies an answer (WebAuthn, 7.2), and notes that the passkey was used. Whatever it finds, the challenge is gone
// once the transaction is committed.
func (b Business) use(ctx context.Context, p Purpose, by *uuid.UUID, a Assertion) (userbus.User, Passkey, error) {
	var o owner
	if b.party.WebAuthn == nil {
		return o.User, Passkey{}, ErrOff
	}
	raw := protocol.CredentialAssertionResponse{PublicKeyCredential: credential(a.CredentialID)}
	raw.AssertionResponse.ClientDataJSON, raw.AssertionResponse.AuthenticatorData = a.ClientData, a.AuthenticatorData
	raw.AssertionResponse.Signature, raw.AssertionResponse.UserHandle = a.Signature, a.UserHandle
	parsed, err := raw.Parse()
	if err != nil {
		return o.User, Passkey{}, refused(err)
	}
	session, err := b.answered(ctx, p, by, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return o.User, Passkey{}, err
	}
	k, err := b.store.ByCredential(ctx, a.CredentialID)
	if err == nil {
		o, err = b.hold(ctx, k.UserID)
	}
	i := slices.IndexFunc(o.keys, func(held Passkey) bool { return held.ID == k.ID })
	switch {
	case err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, userbus.ErrNotFound):
		return o.User, k, err
	case err != nil || i < 0 || !o.Enabled || by != nil && *by != o.ID:
		return o.User, k, refused(errors.New("no passkey of an account that may use it"))
	}
	k, session.UserID = o.keys[i], o.WebAuthnID()
	used, err := b.party.ValidateLogin(o, session, parsed)
	switch {
	case err != nil:
		return o.User, k, refused(err)
	case used.Authenticator.CloneWarning:
		return o.User, k, ErrCloned
	}
	now := b.now()
	k.SignCount, k.BackedUp, k.LastUsedAt = int64(used.Authenticator.SignCount), used.Flags.BackupState, &now
	k.Version++
	return o.User, k, b.store.Update(ctx, k)
}

// ask keeps what is asked, and returns the options that ask it.
func (b Business) ask(ctx context.Context, p Purpose, of *uuid.UUID, s *webauthn.SessionData, options any) (
	json.RawMessage, error) {
	if err := b.store.Ask(ctx, Challenge{secret.Hash(s.Challenge), p, of, b.now().Add(challengeLife)}); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("passkey options: %w", err)
	}
	return raw, nil
}

// answered takes a challenge that was asked for that purpose, of that account, and returns what was asked.
func (b Business) answered(ctx context.Context, p Purpose, of *uuid.UUID, challenge string) (webauthn.SessionData,
	error) {
	now := b.now()
	ok, err := b.store.Answer(ctx, Challenge{Hash: secret.Hash(challenge), Purpose: p, UserID: of}, now)
	if err == nil && !ok {
		err = refused(errors.New("no such challenge, or no longer"))
	}
	return webauthn.SessionData{Challenge: challenge, UserVerification: protocol.VerificationRequired}, err
}

// credential is what all answers of devices have.
func credential(id []byte) (c protocol.PublicKeyCredential) {
	c.ID, c.RawID = protocol.URLEncodedBase64(id).String(), id
	c.Type = string(protocol.PublicKeyCredentialType)
	return c
}

// Wrong is ErrRefused for who is logged in: ErrWrong, at that place of the request.
func Wrong(err error, place string) error {
	return fmt.Errorf("%w: %w", ErrWrong.At(place, "is no answer to what was asked, or too late"), err)
}

// refused is ErrRefused, with the reason for the log.
func refused(err error) error { return fmt.Errorf("%w: %w", ErrRefused, err) }

// Of lists the passkeys of an account, the oldest first.
func (b Business) Of(ctx context.Context, userID uuid.UUID) ([]Passkey, error) {
	return b.store.Of(ctx, userID)
}

// Has tells whether an account has a passkey.
func (b Business) Has(ctx context.Context, userID uuid.UUID) (bool, error) {
	keys, err := b.store.Of(ctx, userID)
	return len(keys) > 0, err
}

// Get returns a passkey of the account, or ErrNotFound.
func (b Business) Get(ctx context.Context, userID, id uuid.UUID) (Passkey, error) {
	keys, err := b.store.Of(ctx, userID)
	if err != nil {
		return Passkey{}, err
	}
	return find(keys, id)
}

// Lock is Get, and keeps others from changing it until the transaction ends.
func (b Business) Lock(ctx context.Context, userID, id uuid.UUID) (Passkey, error) {
	o, err := b.hold(ctx, userID)
	if err != nil {
		return Passkey{}, err
	}
	return find(o.keys, id)
}

func find(keys []Passkey, id uuid.UUID) (Passkey, error) {
	i := slices.IndexFunc(keys, func(k Passkey) bool { return k.ID == id })
	if i < 0 {
		return Passkey{}, ErrNotFound
	}
	return keys[i], nil
}

// Update changes a passkey that Lock returned; what is the same changes nothing.
func (b Business) Update(ctx context.Context, k Passkey, up UpdatePasskey) (Passkey, error) {
	old := k
	up.Name.Apply(&k.Name)
	if opt.Unchanged(old, k) {
		return k, nil
	}
	k.Version++
	k.UpdatedAt = b.now()
	return k, b.store.Update(ctx, k)
}

// Delete removes a passkey that Lock returned, of which the account is told; ErrLast: nothing else lets the account in.
func (b Business) Delete(ctx context.Context, k Passkey) error {
	o, err := b.hold(ctx, k.UserID)
	if err != nil {
		return err
	}
	if o.PasswordHash == "" && len(o.keys) == 1 {
		return ErrLast
	}
	if err := b.store.Delete(ctx, k.ID); err != nil {
		return err
	}
	return b.users.TellPasskey(ctx, o.User, false)
}

// Forget removes all passkeys of an account that the transaction holds, and tells whether there were any.
func (b Business) Forget(ctx context.Context, userID uuid.UUID) (bool, error) {
	n, err := b.store.DeleteOf(ctx, userID)
	return n > 0, err
}

// Clean deletes the challenges that nobody answered in time, and returns how many.
func (b Business) Clean(ctx context.Context) (int64, error) { return b.store.Clean(ctx, b.now()) }
