package factorapp

import (
	"time"

	"github.com/google/uuid"
)

// Setup is what an app needs to show the codes of an account.
type Setup struct {
	Key string `json:"key" doc:"In base32, to type where there is no camera. It is shown this once."`
	URI string `json:"uri" doc:"The same as otpauth://totp/…, which apps read as a QR code."`
}

// RecoveryCodes get an account in whose app is lost.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recoveryCodes" doc:"Ten, each good once instead of a code. They are shown this once."`
}

// Factor is the second factor of an account.
type Factor struct {
	ConfirmedAt       time.Time `json:"confirmedAt" doc:"Since when it is in force."`
	RecoveryCodesLeft int       `json:"recoveryCodesLeft" doc:"How many of the recovery codes were not used."`
}

type code struct {
	Code string `json:"code" format:"password" minLength:"1" maxLength:"64" doc:"What the app shows, six digits."`
}

type userID struct {
	ID uuid.UUID `path:"userID" json:"-"`
}
