package memberdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/role"
)

type invitation struct {
	ID        uuid.UUID   `db:"invitation_id"`
	MarketID  uuid.UUID   `db:"market_id"`
	Email     email.Email `db:"email"`
	Role      role.Member `db:"role"`
	InvitedBy uuid.UUID   `db:"invited_by"`
	ExpiresAt time.Time   `db:"expires_at"`
}

const columns = "invitation_id, market_id, email, role, invited_by, expires_at"

// Invite implements memberbus.Storer.
func (s Store) Invite(ctx context.Context, i memberbus.Invitation) error {
	_, err := s.db.NamedExec(ctx, `
		INSERT INTO invitations (`+columns+`)
		VALUES (:invitation_id, :market_id, :email, :role, :invited_by, :expires_at)`, invitation(i))
	return uninvited("invite", err)
}

// Fill implements memberbus.Storer.
func (s Store) Fill(ctx context.Context, marketID uuid.UUID, addr email.Email, hash []byte, now time.Time) (
	memberbus.Invitation, error) {
	i, err := sqldb.One[invitation](ctx, s.db, `
		UPDATE invitations SET token_hash = $3 WHERE market_id = $1 AND email = $2 AND expires_at > $4
		RETURNING `+columns, marketID, addr, hash, now)
	return memberbus.Invitation(i), uninvited("fill", err)
}

// Invited implements memberbus.Storer.
func (s Store) Invited(ctx context.Context, hash []byte, now time.Time) (uuid.UUID, error) {
	id, err := sqldb.One[uuid.UUID](ctx, s.db,
		`SELECT market_id FROM invitations WHERE token_hash = $1 AND expires_at > $2`, hash, now)
	return id, uninvited("invited", err)
}

// Take implements memberbus.Storer.
func (s Store) Take(ctx context.Context, hash []byte, now time.Time) (memberbus.Invitation, error) {
	i, err := sqldb.One[invitation](ctx, s.db, `
		DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2 RETURNING `+columns, hash, now)
	return memberbus.Invitation(i), uninvited("take", err)
}

// Withdraw implements memberbus.Storer.
func (s Store) Withdraw(ctx context.Context, marketID uuid.UUID, addr email.Email, by uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM invitations WHERE market_id = $1 AND (email = $2 OR invited_by = $3)`,
		marketID, addr, by)
	return uninvited("withdraw", err)
}

// Open implements memberbus.Storer.
func (s Store) Open(ctx context.Context, marketID uuid.UUID, now time.Time) ([]memberbus.Invitation, error) {
	var rows []invitation
	err := s.db.Select(ctx, &rows, `
		SELECT `+columns+` FROM invitations WHERE market_id = $1 AND expires_at > $2 ORDER BY expires_at DESC, email`,
		marketID, now)
	list := make([]memberbus.Invitation, len(rows))
	for i, r := range rows {
		list[i] = memberbus.Invitation(r)
	}
	return list, uninvited("open", err)
}

// Uninvite implements memberbus.Storer.
func (s Store) Uninvite(ctx context.Context, marketID, id uuid.UUID, now time.Time) error {
	n, err := s.db.Exec(ctx, `
		DELETE FROM invitations WHERE market_id = $1 AND invitation_id = $2 AND expires_at > $3`, marketID, id, now)
	if err == nil && n == 0 {
		err = sqldb.ErrNoRows
	}
	return uninvited("uninvite", err)
}

// Clean implements memberbus.Storer.
func (s Store) Clean(ctx context.Context, now time.Time) (int64, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM invitations WHERE expires_at <= $1`, now)
	return n, uninvited("clean", err)
}

func uninvited(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return memberbus.ErrNoInvitation
	}
	return fmt.Errorf("invitation: %s: %w", what, err)
}
