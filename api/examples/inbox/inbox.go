// Package inbox adds up what markets sell, each sale once, however often it is told. Copy it for a consumer of your
// own.
package inbox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go/jetstream"
)

// Schema is the consumer's own: the ids of the events that it has worked off, and what it makes of them.
const Schema = `
	CREATE TABLE inbox (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
	CREATE TABLE turnover (market_id uuid PRIMARY KEY, total bigint NOT NULL)`

// Consume works off sales until ctx is done or NATS is lost for good.
func Consume(ctx context.Context, js jetstream.JetStream, db *pgxpool.Pool) error {
	c, err := js.CreateOrUpdateConsumer(ctx, "GARAGESALE", jetstream.ConsumerConfig{
		Durable: "turnover", FilterSubject: "garagesale.*.garagesale.sale.completed.v1",
		AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1, // one after the other, in their order
		AckWait: 5 * time.Second, // then one whose consumer died comes again
	})
	if err != nil {
		return err
	}
	sales, err := c.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		return err
	}
	defer sales.Stop()
	for {
		msg, err := sales.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if workOff(ctx, db, msg.Data()) != nil {
			_ = msg.NakWithDelay(time.Second) // it comes again
			continue
		}
		_ = msg.Ack() // when this is lost it comes again too: the inbox knows it
	}
}

// workOff does what there is to do in one transaction with the note that it was done.
func workOff(ctx context.Context, db *pgxpool.Pool, raw []byte) error {
	var e struct {
		ID   string `json:"id"`
		Data struct {
			MarketID string `json:"marketID"`
			Total    int64  `json:"total"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO inbox (id) VALUES ($1) ON CONFLICT DO NOTHING`, e.ID)
		if err != nil || tag.RowsAffected() == 0 { // a repeat
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO turnover AS t VALUES ($1, $2)
			ON CONFLICT (market_id) DO UPDATE SET total = t.total + excluded.total`, e.Data.MarketID, e.Data.Total)
		return err
	})
}
