package sessionbus

import (
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
)

// Session is what a login begins: one chain of refresh tokens, each of which takes the place of the one before.
type Session struct {
	ID         uuid.UUID
	UserID     uuid.UUID
	Generation int64 // the user's when it began; the session is over when the user's is another
	CreatedAt  time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
	Address    string    // where it was last used; "" if that is not known
	UserAgent  string    // what it was last used with, as that calls itself
	UsedAt     time.Time // when it last got tokens
	AuthAt     time.Time // when the password was last given
}

// Token is a refresh token as it is kept: whoever reads the table cannot use it.
type Token struct {
	Hash      []byte // SHA-256
	SessionID uuid.UUID
	ExpiresAt time.Time
	UsedAt    *time.Time
	Successor []byte // sealed; nil until it is used
}

// Grant is what its owner gets of a session.
type Grant struct {
	Session Session
	User    userbus.User
	Token   string // the refresh token; it is kept nowhere else
}

// Config says how long sessions last. The zero Config takes the values named beside the fields.
type Config struct {
	Life time.Duration // 7 days: of a session, however often it is refreshed
	Idle time.Duration // 12 hours: of a refresh token that is not used
	// Access is the life of an access token, 15 minutes: as long, at least, it is known that a session was ended.
	Access time.Duration
}
