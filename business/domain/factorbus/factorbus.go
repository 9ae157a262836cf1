// Package factorbus is about the second factor of an account: codes that an app shows (TOTP, RFC 6238), and recovery
// codes for when that is lost; and what passkeys, which are both factors, are among them.
package factorbus

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/secret"
	"github.com/garagesale/service/business/types/role"
)

// The errors that a caller can act on.
var (
	ErrNotFound = errs.New(errs.NotFound, "factor_not_found", "the account has no such second factor",
		"Begin with `POST /v1/users/me/totp`.")
	ErrExists = errs.New(errs.Conflict, "factor_exists", "the account has a second factor",
		"Take it away first, with `DELETE /v1/users/me/totp`.")
	ErrRequired = errs.New(errs.Unauthenticated, "factor_required",
		"the password is right; the account wants a code of its second factor too",
		"Send the code that the app shows, or a recovery code, as `Factor-Code`, beside the password.")
	ErrCode = errs.New(errs.Unauthenticated, "bad_factor_code",
		"the code of the second factor is not good, or no longer",
		"Send the code that the app shows next, or another recovery code. Each is good once.")
	ErrPasskey = errs.New(errs.Unauthenticated, "passkey_required",
		"the account logs in with its passkey: what was given is right, and not enough",
		"Begin with `POST /v1/auth/passkeys/login/begin`: a passkey needs no password. Who has lost it asks an ADMIN.")
	ErrWrongCode = errs.New(errs.Invalid, "wrong_code", "this is no code of the account's second factor",
		"Send the code that the app shows, or a recovery code, that was not used yet.")
)

// The sizes of what is random: of a secret as RFC 4226, 4 recommends; of a recovery code far beyond guessing, so that
// its hash needs no salt.
const (
	secretSize    = 20
	recoverySize  = 10
	recoveryCodes = 10
)

// step is how long a code is shown, and drift how many steps an app's clock may be off (RFC 6238, 5.2).
const (
	step  = 30 * time.Second
	drift = 1
)

// Storer keeps second factors.
type Storer interface {
	// Begin takes the place of a factor that is not in force.
	Begin(ctx context.Context, f Factor) error
	Get(ctx context.Context, userID uuid.UUID) (Factor, error)
	// Confirm puts a factor in force, with the hashes of its recovery codes.
	Confirm(ctx context.Context, f Factor, codes [][]byte) error
	// UseStep notes that the code of a step was used; false: that of this or of a later one was before.
	UseStep(ctx context.Context, userID uuid.UUID, step int64) (bool, error)
	// UseRecovery notes that a recovery code was used; false: there is none that is unused.
	UseRecovery(ctx context.Context, userID uuid.UUID, hash []byte, at time.Time) (bool, error)
	// Left is how many recovery codes are unused.
	Left(ctx context.Context, userID uuid.UUID) (int, error)
	// Delete removes a factor that is in force, or returns ErrNotFound.
	Delete(ctx context.Context, userID uuid.UUID) error
	// Forget removes a factor, in force or not, if there is one.
	Forget(ctx context.Context, userID uuid.UUID) error
}

// Business is the rules about second factors.
type Business struct {
	store    Storer
	users    userbus.Business
	members  memberbus.Business
	passkeys passkeybus.Business
	cfg      Config
	now      func() time.Time
}

// New makes a Business.
func New(store Storer, users userbus.Business, members memberbus.Business, passkeys passkeybus.Business,
	cfg Config, now func() time.Time) Business {
	return Business{store, users, members, passkeys, cfg, now}
}

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// Begin gives the account a secret, which is in force once Confirm has seen a code of it, or returns ErrExists. Begun
// again it is another secret.
func (b Business) Begin(ctx context.Context, userID uuid.UUID) (Setup, error) {
	u, err := b.users.Lock(ctx, userID)
	if err != nil {
		return Setup{}, err
	}
	switch has, err := b.Has(ctx, u.ID); {
	case err != nil:
		return Setup{}, err
	case has:
		return Setup{}, ErrExists
	}
	f := Factor{UserID: u.ID, Secret: make([]byte, secretSize)}
	_, _ = rand.Read(f.Secret) // never fails
	s := Setup{Key: base.EncodeToString(f.Secret)}
	const issuer = "Garage sale"
	s.URI = (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + string(u.Email),
		RawQuery: "secret=" + s.Key + "&issuer=" + url.PathEscape(issuer)}).String()
	return s, b.store.Begin(ctx, f)
}

// Confirm puts what Begin began in force, and returns the recovery codes, which are kept nowhere. The errors are
// ErrNotFound, ErrExists and ErrWrongCode.
func (b Business) Confirm(ctx context.Context, userID uuid.UUID, code string) ([]string, error) {
	u, err := b.users.Lock(ctx, userID)
	if err != nil {
		return nil, err
	}
	f, err := b.store.Get(ctx, u.ID)
	switch {
	case err != nil:
		return nil, err
	case f.ConfirmedAt != nil:
		return nil, ErrExists
	}
	if f.LastStep, err = b.stepOf(f, plain(code)); err != nil {
		return nil, wrong(err)
	}
	now := b.now()
	f.ConfirmedAt = &now
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		raw := make([]byte, recoverySize)
		_, _ = rand.Read(raw) // never fails
		text := base.EncodeToString(raw)
		hashes[i] = secret.Hash(text)
		codes[i] = strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
	}
	if err := b.store.Confirm(ctx, f, hashes); err != nil {
		return nil, err
	}
	return codes, b.users.TellFactor(ctx, u, true)
}

// State tells since when an app's codes are in force, or returns ErrNotFound.
func (b Business) State(ctx context.Context, userID uuid.UUID) (State, error) {
	f, err := b.store.Get(ctx, userID)
	switch {
	case err != nil:
		return State{}, err
	case f.ConfirmedAt == nil:
		return State{}, ErrNotFound
	}
	left, err := b.store.Left(ctx, userID)
	return State{*f.ConfirmedAt, left}, err
}

// Has tells whether the account has an app's codes in force.
func (b Business) Has(ctx context.Context, userID uuid.UUID) (bool, error) {
	f, err := b.store.Get(ctx, userID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return f.ConfirmedAt != nil, err
}

// Use uses a code up, of the app or for recovery, of an account that the transaction holds and that has just given its
// password. An account without a second factor needs none. The errors are ErrRequired, when there is no code, ErrCode,
// and ErrPasskey of an account that has passkeys and no codes.
func (b Business) Use(ctx context.Context, userID uuid.UUID, code string) error {
	f, err := b.store.Get(ctx, userID)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && f.ConfirmedAt == nil:
		has, err := b.passkeys.Has(ctx, userID)
		if err == nil && has {
			err = ErrPasskey
		}
		return err
	case err != nil:
		return err
	}
	code = plain(code)
	used := false
	switch len(code) {
	case 0:
		return ErrRequired
	case otp.DigitsSix.Length():
		var at int64
		if at, err = b.stepOf(f, code); err == nil {
			used, err = b.store.UseStep(ctx, userID, at)
		}
	default:
		used, err = b.store.UseRecovery(ctx, userID, secret.Hash(code), b.now())
	}
	if err == nil && !used {
		err = ErrCode
	}
	return err
}

// UseAgain is Use for who is logged in: the error is ErrWrongCode, at the place "code", or about the place "passkey".
func (b Business) UseAgain(ctx context.Context, userID uuid.UUID, code string) error {
	return wrong(b.Use(ctx, userID, code))
}

func wrong(err error) error {
	switch {
	case errors.Is(err, ErrRequired):
		return ErrWrongCode.At("code", "is required: the account has a second factor")
	case errors.Is(err, ErrCode):
		return ErrWrongCode.At("code", "is not a code of the account, or was used")
	case errors.Is(err, ErrPasskey):
		return errs.ErrInvalid.At("passkey", "is required: the account has one, and a password alone is not enough")
	}
	return err
}

// Remove takes the codes of an app from an account, which the transaction holds, or returns ErrNotFound. It ends the
// account's sessions, and the account is told.
func (b Business) Remove(ctx context.Context, u userbus.User) (userbus.User, error) {
	if err := b.store.Delete(ctx, u.ID); err != nil {
		return userbus.User{}, err
	}
	return b.removed(ctx, u)
}

// Reset is Remove of all second factors, passkeys too.
func (b Business) Reset(ctx context.Context, u userbus.User) (userbus.User, error) {
	had, err := b.passkeys.Forget(ctx, u.ID)
	if err != nil {
		return userbus.User{}, err
	}
	if err := b.store.Delete(ctx, u.ID); err != nil && (!had || !errors.Is(err, ErrNotFound)) {
		return userbus.User{}, err
	}
	return b.removed(ctx, u)
}

func (b Business) removed(ctx context.Context, u userbus.User) (userbus.User, error) {
	u, err := b.users.EndSessions(ctx, u)
	if err != nil {
		return userbus.User{}, err
	}
	return u, b.users.TellFactor(ctx, u, false)
}

// Forget removes what there is of second factors, passkeys too, of an account that is made nobody.
func (b Business) Forget(ctx context.Context, userID uuid.UUID) error {
	if _, err := b.passkeys.Forget(ctx, userID); err != nil {
		return err
	}
	return b.store.Forget(ctx, userID)
}

// Lacks tells whether a second factor is demanded of the account and it has none.
func (b Business) Lacks(ctx context.Context, u userbus.User) (bool, error) {
	demanded := b.cfg.Admins && u.Roles.Has(role.Admin)
	if !demanded && b.cfg.Organisers {
		var err error
		if demanded, err = b.members.Organises(ctx, u.ID); err != nil {
			return false, err
		}
	}
	if !demanded {
		return false, nil
	}
	has, err := b.Has(ctx, u.ID)
	if err == nil && !has {
		has, err = b.passkeys.Has(ctx, u.ID)
	}
	return !has, err
}

// stepOf is the step whose code it is, among those that are good now, or the error is ErrCode.
func (b Business) stepOf(f Factor, code string) (int64, error) {
	now := b.now().Unix() / int64(step/time.Second)
	for at := now - drift; at <= now+drift; at++ {
		want, err := hotp.GenerateCode(base.EncodeToString(f.Secret), uint64(at)) //nolint:gosec // after 1970
		if err != nil {
			return 0, fmt.Errorf("code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			return at, nil
		}
	}
	return 0, ErrCode
}

// plain is a code without what people type between its parts.
func plain(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
}
