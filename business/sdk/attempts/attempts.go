// Package attempts counts the attempts at a password, or at another secret, per account and per client address, in the
// database: all replicas share the counts, and no restart forgets them.
//
// An attempt is counted before it is made and taken back when it succeeds, so that a thousand at once are not a
// thousand guesses. What is counted is named by a hash: neither e-mail nor IP addresses are kept. A row whose only time
// lies ahead says until when an account is known at an address.
package attempts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/foundation/netaddr"
)

// Window is the time for which attempts are counted; it slides.
const Window = time.Minute

// ErrTooMany refuses an attempt; RetryAfter says when the next one is let through.
var ErrTooMany = errs.New(errs.TooMany, "rate_limited", "too many requests, or too many failed attempts; wait "+
	"before the next one",
	"Wait as long as `Retry-After` says; the `RateLimit` headers tell how much is left.")

// Config is how many attempts may fail within Window, and how many mails be sent. The zero Config takes the values
// named beside the fields.
type Config struct {
	PerAccount int // 10 (OWASP ASVS 5.0, 6.3.1)
	PerAddress int // 60
	PerHour    int // 10: what Hourly counts, within an hour

	refused *lru.Cache[[sha256.Size]byte, refusal]
}

// refusal spares the database a flood: for a moment it is repeated without asking. No longer, because an attempt that
// is under way may yet succeed and be taken back.
type refusal struct{ until, reset time.Time }

const moment = time.Second

// Shared returns the Config for the Stores of one process, which are many, to share what they remember.
func (c Config) Shared() Config {
	c.refused, _ = lru.New[[sha256.Size]byte, refusal](10_000) // fails for a size below 1 only
	return c
}

// Quota is the state of one limit.
type Quota struct {
	Name   string
	Limit  int
	Left   int
	Window time.Duration
	Reset  time.Duration // until there is more than Left
}

// Attempt is one that was let through, or the refusal of one. The zero Attempt counts nowhere.
type Attempt struct {
	Quotas []Quota // what the limits say

	at    time.Time
	keys  [][]byte
	owner string // the account, at an address where it is known
	place []byte // where the account will be known if it succeeds
}

// Store counts in one database.
type Store struct {
	db  sqldb.DB
	cfg Config
	now func() time.Time
}

// New makes a Store.
func New(db sqldb.DB, cfg Config, now func() time.Time) Store {
	cfg.PerAccount, cfg.PerAddress = cmp.Or(cfg.PerAccount, 10), cmp.Or(cfg.PerAddress, 60)
	cfg.PerHour = cmp.Or(cfg.PerHour, 10)
	return Store{db, cfg, now}
}

// Known is for how long an account is known at an address from which it has given the right secret.
const Known = 30 * 24 * time.Hour

// Begin counts an attempt of a client, at an account unless that is "", whether or not there is such an account. It
// returns ErrTooMany when one of the two has used up its attempts. An account that is known at the client's address has
// attempts of its own there, which nobody else can use up, be it for many accounts at that address or for that account
// from many; so who is known still gets in while others guess.
func (s Store) Begin(ctx context.Context, account email.Email, client netip.Addr) (Attempt, error) {
	a := Attempt{at: s.now()}
	network := netaddr.Client(client).String()
	known, owner := false, "account "+string(account)
	if account != "" {
		place := sha256.Sum256([]byte("known " + string(account) + " " + network))
		a.place = place[:]
		err := s.db.Get(ctx, &known, `SELECT EXISTS (SELECT 1 FROM attempts WHERE key = $1 AND at[1] > $2)`, a.place, a.at)
		if err != nil {
			return Attempt{}, fmt.Errorf("attempts: %w", err)
		}
		if known {
			owner += " " + network
		}
	}
	a.owner = owner
	err := s.add(ctx, &a, "auth-address", "address "+network, Window, s.cfg.PerAddress)
	if err != nil && (!known || !errors.Is(err, ErrTooMany)) || account == "" {
		return a, err
	}
	return a, s.add(ctx, &a, "auth-account", owner, Window, s.cfg.PerAccount)
}

// Code counts an attempt at the second factor of the account at whose password the attempt a has succeeded. Only as
// many as PerAccount may fail within an hour, because of a million codes a few are good at any time. Who is known at
// the client's address has attempts of its own there, as with the password.
func (s Store) Code(ctx context.Context, a Attempt) (Attempt, error) {
	before := len(a.Quotas)
	err := s.add(ctx, &a, "auth-codes", "code of "+a.owner, time.Hour, s.cfg.PerAccount)
	a.Quotas = a.Quotas[before:]
	return a, err
}

// Wrong counts a token of the client's that was none: nobody guesses 256 random bits, so no other is refused for it.
func (s Store) Wrong(ctx context.Context, client netip.Addr) (Attempt, error) {
	a := Attempt{at: s.now()}
	return a, s.add(ctx, &a, "auth-token", "token "+netaddr.Client(client).String(), Window, s.cfg.PerAddress)
}

// Provider counts a login at a provider that comes back to the client, for itself: the provider is asked about each.
func (s Store) Provider(ctx context.Context, client netip.Addr) (Attempt, error) {
	a := Attempt{at: s.now()}
	return a, s.add(ctx, &a, "auth-provider", "provider "+netaddr.Client(client).String(), Window, s.cfg.PerAddress)
}

// Ask counts a login of a client's that begins with a question, which is kept until it is answered or over.
func (s Store) Ask(ctx context.Context, client netip.Addr) (Attempt, error) {
	a := Attempt{at: s.now()}
	return a, s.add(ctx, &a, "auth-begun", "begun "+netaddr.Client(client).String(), Window, s.cfg.PerAddress)
}

// Hourly counts what has a mail sent, by what it is and whose: an account's, or an address's. It returns ErrTooMany
// when there were as many within the last hour as may be.
func (s Store) Hourly(ctx context.Context, what, whose string) (Attempt, error) {
	a := Attempt{at: s.now()}
	return a, s.add(ctx, &a, "auth-mails", what+" "+whose, time.Hour, s.cfg.PerHour)
}

// add counts the attempt under one name, unless as many as may be within the window are counted there.
func (s Store) add(ctx context.Context, a *Attempt, name, of string, window time.Duration, most int) error {
	key := sha256.Sum256([]byte(of))
	left, reset, ok, err := s.count(ctx, key, a.at, window, most)
	if err != nil {
		return err
	}
	a.Quotas = append(a.Quotas, Quota{Name: name, Limit: most, Left: left, Window: window, Reset: reset})
	if !ok {
		refused := *ErrTooMany
		refused.RetryAfter = reset
		return &refused
	}
	a.keys = append(a.keys, key[:])
	return nil
}

// count adds the attempt unless max were made within the window. Only the last max are kept, the newest first. Those
// of a longer window are kept under a time that lies ahead, so that each counts until Window after the time it has, and
// what cleans up need not know which is which.
func (s Store) count(ctx context.Context, hash [sha256.Size]byte, at time.Time, window time.Duration, most int) (
	left int, reset time.Duration, ok bool, err error) {
	if s.cfg.refused != nil {
		if r, found := s.cfg.refused.Get(hash); found && at.Before(r.until) {
			return 0, r.reset.Sub(at), false, nil
		}
	}
	key := hash[:]
	var row struct {
		N      int       `db:"n"`
		Oldest time.Time `db:"oldest"`
	}
	err = s.db.Get(ctx, &row, `
		INSERT INTO attempts AS a (key, at) VALUES ($1, ARRAY[$2::timestamptz])
		ON CONFLICT (key) DO UPDATE SET at = (array_prepend($2::timestamptz, a.at))[1:$3]
		WHERE coalesce(a.at[$3] <= $4, true)
		RETURNING (SELECT count(*) FROM unnest(at) t WHERE t > $4) AS n,
			(SELECT min(t) FROM unnest(at) t WHERE t > $4) AS oldest`,
		key, at.Add(window-Window), most, at.Add(-Window))
	if err == nil {
		return max(0, most-row.N), row.Oldest.Add(Window).Sub(at), true, nil
	}
	if !errors.Is(err, sqldb.ErrNoRows) {
		return 0, 0, false, fmt.Errorf("attempts: %w", err)
	}
	err = s.db.Get(ctx, &row, `SELECT coalesce(at[$2], $3) AS oldest FROM attempts WHERE key = $1`, key, most, at)
	if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
		return 0, 0, false, fmt.Errorf("attempts: %w", err)
	}
	reset = max(time.Second, row.Oldest.Add(Window).Sub(at))
	if s.cfg.refused != nil {
		s.cfg.refused.Add(hash, refusal{at.Add(min(moment, reset)), at.Add(reset)})
	}
	return 0, reset, false, nil
}

// TakeBack takes an attempt back: it was none at guessing.
func (s Store) TakeBack(ctx context.Context, a Attempt) error {
	_, err := s.db.Exec(ctx, `
		UPDATE attempts SET at = array_remove(array_remove(at, $2::timestamptz), $3::timestamptz) WHERE key = ANY ($1)`,
		a.keys, a.at, a.at.Add(time.Hour-Window)) // the second is how count keeps what counts for an hour
	if err != nil {
		return fmt.Errorf("attempts: %w", err)
	}
	return nil
}

// Succeeded takes an attempt back, and knows the account at the client's address from now on.
func (s Store) Succeeded(ctx context.Context, a Attempt) error {
	if err := s.TakeBack(ctx, a); err != nil || a.place == nil {
		return err
	}
	_, err := s.db.Exec(ctx, `
		INSERT INTO attempts AS a (key, at) VALUES ($1, ARRAY[$2::timestamptz])
		ON CONFLICT (key) DO UPDATE SET at = excluded.at`, a.place, a.at.Add(Known))
	if err != nil {
		return fmt.Errorf("attempts: %w", err)
	}
	return nil
}

// Forgive takes back what was counted at an account that has got another password: by all whom it does not know, and at
// the client's address.
func (s Store) Forgive(ctx context.Context, account email.Email, client netip.Addr) error {
	var keys [][]byte
	for _, of := range []string{"", " " + netaddr.Client(client).String()} {
		key := sha256.Sum256([]byte("account " + string(account) + of))
		keys = append(keys, key[:])
		if s.cfg.refused != nil {
			s.cfg.refused.Remove(key)
		}
	}
	_, err := s.db.Exec(ctx, `DELETE FROM attempts WHERE key = ANY ($1)`, keys)
	if err != nil {
		return fmt.Errorf("attempts: %w", err)
	}
	return nil
}

// Clean deletes what no longer counts and returns how many rows that were.
func (s Store) Clean(ctx context.Context) (int64, error) {
	return s.db.Exec(ctx, `DELETE FROM attempts WHERE coalesce(at[1] <= $1, true)`, s.now().Add(-Window))
}
