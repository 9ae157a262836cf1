// Package userdb keeps users in Postgres.
package userdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/name"
	"github.com/garagesale/service/business/types/role"
)

type row struct {
	ID            uuid.UUID   `db:"user_id"`
	Name          name.Name   `db:"name"`
	Email         email.Email `db:"email"`
	EmailVerified bool        `db:"email_verified"`
	Roles         role.Set    `db:"roles"`
	PasswordHash  string      `db:"password_hash"`
	Enabled       bool        `db:"enabled"`
	Generation    int64       `db:"generation"`
	Version       int64       `db:"version"`
	CreatedAt     time.Time   `db:"created_at"`
	UpdatedAt     time.Time   `db:"updated_at"`
}

const selectUsers = `
	SELECT u.user_id, u.name, u.email, u.email_verified, u.roles, u.password_hash, u.enabled, u.generation, u.version,
		u.created_at, u.updated_at
	FROM users u`

// Store implements userbus.Storer.
type Store struct{ db sqldb.DB }

// New makes a Store.
func New(db sqldb.DB) Store { return Store{db} }

// Create implements userbus.Storer.
func (s Store) Create(ctx context.Context, u userbus.User) error {
	const q = `
		INSERT INTO users (user_id, name, email, email_verified, roles, password_hash, enabled, generation, version,
			created_at, updated_at)
		VALUES (:user_id, :name, :email, :email_verified, :roles, :password_hash, :enabled, :generation, :version,
			:created_at, :updated_at)`
	_, err := s.db.NamedExec(ctx, q, row(u))
	return failed("create", err)
}

// Update implements userbus.Storer.
func (s Store) Update(ctx context.Context, u userbus.User) error {
	const q = `
		UPDATE users SET name = :name, email = :email, email_verified = :email_verified, roles = :roles,
			password_hash = :password_hash, enabled = :enabled, generation = :generation, version = :version,
			updated_at = :updated_at
		WHERE user_id = :user_id`
	_, err := s.db.NamedExec(ctx, q, row(u))
	return failed("update", err)
}

// Delete implements userbus.Storer.
func (s Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM users WHERE user_id = $1`, id)
	return failed("delete", err)
}

// Get implements userbus.Storer.
func (s Store) Get(ctx context.Context, id uuid.UUID) (userbus.User, error) {
	r, err := sqldb.One[row](ctx, s.db, selectUsers+` WHERE u.user_id = $1`, id)
	return userbus.User(r), failed("get", err)
}

// Lock implements userbus.Storer.
func (s Store) Lock(ctx context.Context, id uuid.UUID) (userbus.User, error) {
	r, err := sqldb.One[row](ctx, s.db, selectUsers+` WHERE u.user_id = $1 FOR NO KEY UPDATE`, id)
	return userbus.User(r), failed("lock", err)
}

// GetByEmail implements userbus.Storer.
func (s Store) GetByEmail(ctx context.Context, addr email.Email) (userbus.User, error) {
	r, err := sqldb.One[row](ctx, s.db, selectUsers+` WHERE u.email = $1`, addr)
	return userbus.User(r), failed("get by email", err)
}

// Query implements userbus.Storer.
func (s Store) Query(ctx context.Context, f userbus.Filter, p query.Page) (query.Result[userbus.User], error) {
	var w sqldb.Where
	if f.Name != nil {
		w.And("u.name ILIKE ?", sqldb.Contains(*f.Name))
	}
	sqldb.If(&w, "u.email = ?", f.Email)
	sqldb.If(&w, "? = ANY (u.roles)", f.Role)
	sqldb.If(&w, "u.enabled = ?", f.Enabled)
	return sqldb.List(ctx, s.db, selectUsers, "u.user_id", w, userbus.OrderBy, p, func(r row) userbus.User {
		return userbus.User(r)
	})
}

// UpgradeHash implements userbus.Storer.
func (s Store) UpgradeHash(ctx context.Context, id uuid.UUID, old, hash string) error {
	_, err := s.db.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2`, id, old,
		hash)
	return failed("upgrade hash", err)
}

// LockAdmins implements userbus.Storer.
func (s Store) LockAdmins(ctx context.Context) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.db.Select(ctx, &ids,
		`SELECT user_id FROM users WHERE enabled AND 'ADMIN' = ANY (roles) ORDER BY user_id FOR NO KEY UPDATE`)
	return ids, failed("lock admins", err)
}

// Revoke implements userbus.Storer, and tells the other replicas once the transaction commits.
func (s Store) Revoke(ctx context.Context, id uuid.UUID, generation int64, at time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO revocations (user_id, generation, revoked_at) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET generation = excluded.generation, revoked_at = excluded.revoked_at`,
		id, generation, at)
	if err == nil {
		err = s.db.Notify(ctx, userbus.EndedChannel)
	}
	return failed("revoke", err)
}

// Revocations implements userbus.Storer.
func (s Store) Revocations(ctx context.Context, since time.Time) (map[uuid.UUID]int64, error) {
	var rows []struct {
		UserID     uuid.UUID `db:"user_id"`
		Generation int64     `db:"generation"`
	}
	if err := s.db.Select(ctx, &rows, `SELECT user_id, generation FROM revocations WHERE revoked_at >= $1`,
		since); err != nil {
		return nil, failed("revocations", err)
	}
	oldest := make(map[uuid.UUID]int64, len(rows))
	for _, r := range rows {
		oldest[r.UserID] = r.Generation
	}
	return oldest, nil
}

// Forget implements userbus.Storer.
func (s Store) Forget(ctx context.Context, id uuid.UUID, addr email.Email) error {
	_, err := s.db.Exec(ctx, `SELECT forget_account($1, $2), forget_invited($2)`, id, addr)
	return failed("forget", err)
}

func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNoRows):
		return userbus.ErrNotFound
	case sqldb.Violates(err, "users_email_key"):
		return userbus.ErrEmailTaken
	case sqldb.Violates(err, "families_owner_fkey"), sqldb.Violates(err, "sales_cashier_fkey"),
		sqldb.Violates(err, "sale_voids_voided_by_fkey"), sqldb.Violates(err, "sale_returns_returned_by_fkey"),
		sqldb.Violates(err, "cash_sessions_cashier_fkey"), sqldb.Violates(err, "cash_movements_moved_by_fkey"),
		sqldb.Violates(err, "ledger_entries_cashier_fkey"), sqldb.Violates(err, "payouts_paid_by_fkey"),
		sqldb.Violates(err, "members_user_fkey"):
		return userbus.ErrHasHistory
	}
	return fmt.Errorf("user: %s: %w", what, err)
}
