package factorbus

import (
	"time"

	"github.com/google/uuid"
)

// Factor is an account's second factor: an app that shows codes.
type Factor struct {
	UserID      uuid.UUID
	Secret      []byte     // what the codes are made of
	LastStep    int64      // the newest step, of 30 seconds since 1970, whose code was used
	ConfirmedAt *time.Time // since when it is in force; nil: not yet
}

// State is what an account may know of its codes.
type State struct {
	ConfirmedAt       time.Time
	RecoveryCodesLeft int
}

// Setup is what an app needs to show the codes of an account.
type Setup struct {
	Key string // base32 without padding (RFC 4648, 6)
	URI string // otpauth://totp/…, which apps read as a QR code
}

// Config is of whom a second factor is demanded.
type Config struct {
	Admins     bool // accounts with the role ADMIN
	Organisers bool // the ORGANISERs of any market
}
