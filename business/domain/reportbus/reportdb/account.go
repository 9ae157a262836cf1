package reportdb

import (
	"context"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/sqldb"
)

// sections are what there is about an account, $1, as JSON. Whoever adds a table with something about people adds a
// section here, and has the function forget_account delete it.
var sections = []struct{ name, query string }{
	{"account", `
		SELECT json_build_object('id', user_id, 'name', name, 'email', email, 'emailVerified', email_verified,
			'roles', roles, 'enabled', enabled, 'createdAt', created_at, 'updatedAt', updated_at)::text AS json
		FROM users WHERE user_id = $1`},
	{"sessions", `
		SELECT json_build_object('id', session_id, 'address', address, 'userAgent', user_agent, 'createdAt', created_at,
			'lastUsedAt', used_at, 'expiresAt', expires_at, 'endedAt', ended_at)::text AS json
		FROM sessions WHERE user_id = $1 ORDER BY created_at`},
	{"keys", `
		SELECT json_build_object('id', key_id, 'name', name, 'marketID', market_id, 'actions', actions,
			'createdAt', created_at, 'expiresAt', expires_at, 'lastUsedAt', last_used_at)::text AS json
		FROM api_keys WHERE user_id = $1 ORDER BY created_at`},
	{"identities", `
		SELECT json_build_object('id', identity_id, 'issuer', issuer, 'subject', subject, 'createdAt', created_at,
			'lastUsedAt', used_at)::text AS json
		FROM identities WHERE user_id = $1 ORDER BY identity_id`},
	{"secondFactors", `
		SELECT json_build_object('confirmedAt', f.confirmed_at, 'recoveryCodes', count(r), 'recoveryCodesUsed',
			count(r.used_at))::text AS json
		FROM second_factors f LEFT JOIN recovery_codes r ON r.user_id = f.user_id
		WHERE f.user_id = $1 GROUP BY f.user_id, f.confirmed_at`},
	{"invitations", `
		SELECT json_build_object('marketID', i.market_id, 'market', m.name, 'role', i.role, 'expiresAt', i.expires_at)::text
			AS json
		FROM users u JOIN invitations i ON i.email = u.email JOIN markets m ON m.market_id = i.market_id
		WHERE u.user_id = $1 ORDER BY i.expires_at`},
	{"passkeys", `
		SELECT json_build_object('id', passkey_id, 'name', name, 'transports', transports, 'backedUp', backed_up,
			'aaguid', aaguid, 'createdAt', created_at, 'lastUsedAt', last_used_at)::text AS json
		FROM passkeys WHERE user_id = $1 ORDER BY created_at`},
	{"memberships", `
		SELECT json_build_object('marketID', b.market_id, 'market', m.name, 'role', b.role, 'createdAt', b.created_at)::text
			AS json
		FROM members b JOIN markets m ON m.market_id = b.market_id WHERE b.user_id = $1 ORDER BY b.created_at`},
	{"families", `
		SELECT json_build_object('id', f.family_id, 'marketID', f.market_id, 'market', m.name, 'number', f.number,
			'name', f.name, 'commission', f.commission, 'createdAt', f.created_at, 'updatedAt', f.updated_at)::text AS json
		FROM families f JOIN markets m ON m.market_id = f.market_id WHERE f.owner_id = $1 ORDER BY f.created_at`},
	{"products", `
		SELECT json_build_object('id', p.product_id, 'familyID', p.family_id, 'code', p.code / 1000000 || '-' ||
			lpad((p.code % 1000000)::text, greatest(3, length((p.code % 1000000)::text)), '0'),
			'name', p.name, 'description', p.description, 'price', p.price, 'quantity', p.quantity, 'sold', p.sold,
			'createdAt', p.created_at, 'updatedAt', p.updated_at)::text AS json
		FROM families f JOIN products p ON p.market_id = f.market_id AND p.family_id = f.family_id
		WHERE f.owner_id = $1 ORDER BY p.created_at`},
	{"payouts", `
		SELECT json_build_object('id', p.payout_id, 'familyID', p.family_id, 'gross', p.gross, 'commission', p.commission,
			'net', p.net, 'createdAt', p.created_at)::text AS json
		FROM families f JOIN payouts p ON p.market_id = f.market_id AND p.family_id = f.family_id
		WHERE f.owner_id = $1 ORDER BY p.created_at`},
	{"sales", `
		SELECT json_build_object('id', sale_id, 'marketID', market_id, 'number', number, 'total', total, 'status', status,
			'createdAt', created_at)::text AS json
		FROM sales WHERE cashier_id = $1 ORDER BY created_at`},
	{"cashSessions", `
		SELECT json_build_object('id', cash_session_id, 'marketID', market_id, 'float', opening_float, 'openedAt', opened_at,
			'closedAt', closed_at, 'expected', expected, 'counted', counted)::text AS json
		FROM cash_sessions WHERE cashier_id = $1 ORDER BY opened_at`},
	{"audit", `
		SELECT json_build_object('at', at, 'action', action, 'resource', resource, 'resourceID', resource_id,
			'outcome', outcome, 'remoteAddr', remote_addr, 'keyID', key_id, 'changes', changes)::text AS json
		FROM audit WHERE actor_id = $1 ORDER BY at`},
}

// Account implements reportbus.Storer.
func (s Store) Account(ctx context.Context, id uuid.UUID, section, row func(string) error) error {
	err := s.db.Snapshot(ctx, func(tx sqldb.DB) error {
		for _, part := range sections {
			if err := section(part.name); err != nil {
				return err
			}
			if err := sqldb.Each(ctx, tx, row, part.query, id); err != nil {
				return err
			}
		}
		return nil
	})
	return failed("account", err)
}
