package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Notify wakes those who listen to the channel, once the transaction commits.
func (db DB) Notify(ctx context.Context, channel string) error {
	_, err := db.Exec(ctx, `SELECT pg_notify($1, '')`, channel)
	return err
}

// Listen calls heard once it listens to the channel, and for every Notify, until ctx is done or the connection, which
// is not one of the pool's, is lost. What happens without a connection is not heard, so call it again, and look for
// yourself now and then; behind a pooler that shares connections between transactions nothing is heard at all.
func (db DB) Listen(ctx context.Context, channel string, heard func()) (err error) {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return classify(err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return classify(err)
	}
	for {
		heard()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return fmt.Errorf("listen to %s: %w", channel, classify(err))
		}
	}
}
