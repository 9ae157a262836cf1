package webhookbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/foundation/webhook"
)

// Queue is where the jobs of webhooks wait, so that receivers that hang hold up no other jobs.
const Queue = "webhooks"

const (
	slice      = 8 * time.Second // after which a job lets those of other webhooks go on
	attemptMax = 10 * time.Second
	batch      = 20                 // events that are read at once
	heldWait   = 2 * time.Second    // before a job looks again whether another one of its webhook has ended
	sweepEvery = time.Minute        // a look for webhooks whose job was lost
	giveUp     = 5 * 24 * time.Hour // of failure without a success
)

// waits are those between the attempts: ten of them over a day.
var waits = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// jittered is a wait, a tenth more or less, so that not all come back at once.
func jittered(wait time.Duration) time.Duration {
	return wait*9/10 + rand.N(wait/5) //nolint:gosec // no secret
}

// Deliver is the job that sends a webhook what it has not been sent yet.
type Deliver struct {
	WebhookID uuid.UUID `json:"webhookID"`
}

// Kind implements work.Job.
func (Deliver) Kind() string { return "webhook.deliver" }

// Queue implements work.Queued.
func (Deliver) Queue() string { return Queue }

// Timeout implements work.Timed: the last attempt begins within the slice.
func (Deliver) Timeout() time.Duration { return slice + attemptMax + 2*time.Second }

// Sweep is the job that wakes webhooks whose own job was lost: dropped by a person, or given up.
type Sweep struct{}

// Kind implements work.Job.
func (Sweep) Kind() string { return "webhook.sweep" }

// progress is how far webhooks have got. Whoever moves one holds its lease, which ends by itself, so that there is one
// at a time and none is stuck.
type progress interface {
	// Wake notes for the webhooks of the markets that there are events up to the position, and returns those that no job
	// looks after, which then need one.
	Wake(ctx context.Context, markets []uuid.UUID, position int64) ([]uuid.UUID, error)
	// Stale returns enabled webhooks whose job should have come, and those that may have missed being woken.
	Stale(ctx context.Context, enabledSince time.Time) ([]uuid.UUID, error)
	// Claim gets the lease for a job, unless a later one has taken its place (errSuperseded) or another one holds it
	// (errHeld).
	Claim(ctx context.Context, id uuid.UUID, job int64, lease uuid.UUID) (Cursor, error)
	// Sending returns a webhook with the secrets that sign.
	Sending(ctx context.Context, id uuid.UUID, now time.Time) (Webhook, []string, error)
	// Requested returns deliveries that a person wants sent again, in the order of their events.
	Requested(ctx context.Context, id uuid.UUID, limit int) ([]Delivery, error)
	// Find returns the delivery of the event at a position, or ErrDeliveryNotFound.
	Find(ctx context.Context, id uuid.UUID, position int64) (Delivery, error)
	// Record keeps a delivery and where the cursor is now, if the lease is still held, else it returns errHeld. It returns
	// the webhook's version.
	Record(ctx context.Context, c Cursor, d Delivery) (version int64, err error)
	// Release ends the lease; the job comes back after the wait.
	Release(ctx context.Context, c Cursor, wait time.Duration) error
	// Sleep ends the lease, and the job, unless there may be events after the position.
	Sleep(ctx context.Context, c Cursor, position int64) (asleep bool, err error)
	Lag(ctx context.Context) ([]Lag, error)
	States(ctx context.Context) ([]Count, error)
}

// The outcomes of Claim and Record that are no failures.
var (
	ErrHeld       = errors.New("another job of the webhook is at work")
	ErrSuperseded = errors.New("a later job of the webhook has taken its place")
)

// Cursor is how far a webhook has got, as whoever holds its lease knows it.
type Cursor struct {
	WebhookID    uuid.UUID
	Lease        uuid.UUID
	Position     int64 // up to it all is delivered or given up
	Tries        int   // of the event after it
	FailingSince *time.Time
	WaitingSince *time.Time // when the oldest event after it happened, or before; nil: as it was
}

// Drained has the webhooks of the markets told that there is more, in the transaction of the drain.
func (b Business) Drained(ctx context.Context, markets []uuid.UUID, position int64) error {
	asleep, err := b.store.Wake(ctx, markets, position)
	if err != nil {
		return err
	}
	return b.add(ctx, asleep)
}

func (b Business) add(ctx context.Context, list []uuid.UUID) error {
	for _, id := range list {
		if err := b.queue.Add(ctx, Deliver{id}); err != nil {
			return err
		}
	}
	return nil
}

// Sweep does the job of that name. Those that were enabled just now are woken once more: the drain that ran meanwhile
// may not have seen them.
func (b Business) Sweep(ctx context.Context) error {
	list, err := b.store.Stale(ctx, b.now().Add(-2*sweepEvery))
	if err != nil {
		return err
	}
	return b.add(ctx, list)
}

// disable gives a webhook up, and tells the organisers of its market.
func (b Business) disable(ctx context.Context, id uuid.UUID, since time.Time, host string) error {
	w, err := b.store.Lock(ctx, id)
	if err != nil || !w.Enabled {
		return err
	}
	now := b.now()
	w.Enabled, w.DisabledAt, w.UpdatedAt = false, &now, now
	w.Version++
	if err := b.store.Update(ctx, w); err != nil {
		return err
	}
	m, err := b.markets.Get(ctx, w.MarketID)
	if err != nil {
		return err
	}
	to, err := b.responsible(ctx, w)
	if err != nil {
		return err
	}
	for _, addr := range to {
		mail, err := mailing.New(string(addr), mailing.WebhookDisabled{Market: string(m.Name), Host: host, Since: since,
			Link: b.cfg.Link + w.ID.String()})
		if err != nil {
			return err
		}
		if err := b.queue.Add(ctx, mail); err != nil {
			return err
		}
	}
	return nil
}

// responsible are the addresses of the market's organisers, and where it has none that of whoever made the webhook.
func (b Business) responsible(ctx context.Context, w Webhook) ([]email.Email, error) {
	list, err := b.members.Organisers(ctx, w.MarketID)
	if err != nil || len(list) > 0 || w.CreatedBy == nil {
		return list, err
	}
	u, err := b.users.Get(ctx, *w.CreatedBy)
	if err != nil || !u.Enabled {
		return nil, err
	}
	return []email.Email{u.Email}, nil
}

// Send sends a message once (webhook.Sender). An error says nothing of the receiver.
type Send func(ctx context.Context, m webhook.Message) (webhook.Result, error)

// Deliverer does the jobs of webhooks.
type Deliverer struct {
	Business // over the pool
	InTx     func(ctx context.Context, fn func(context.Context, Business) error) error
	Send     Send
}

// Jobs has the jobs of webhooks done.
func (d Deliverer) Jobs(k *work.Kinds) {
	work.Handle(k, d.Do)
	work.Handle(k, func(ctx context.Context, _ Sweep) error {
		return d.InTx(ctx, func(ctx context.Context, b Business) error { return b.Sweep(ctx) })
	})
	work.Every(k, sweepEvery, Sweep{})
}

// Do sends events one after the other, until there are none, one fails, or others should go on.
func (d Deliverer) Do(ctx context.Context, job Deliver) error {
	c, err := d.store.Claim(ctx, job.WebhookID, work.ID(ctx), uuid.New())
	switch {
	case errors.Is(err, ErrHeld):
		return work.Again(heldWait)
	case errors.Is(err, ErrSuperseded), errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	r := run{Deliverer: d, cursor: c}
	var cancel context.CancelFunc
	r.slice, cancel = context.WithTimeout(ctx, slice)
	defer cancel()
	for {
		done, err := r.round(ctx)
		switch {
		case errors.Is(err, ErrHeld), errors.Is(err, ErrNotFound): // it took too long, or the webhook was deleted
			return nil
		case err != nil:
			return err
		case done:
			return nil
		case r.wait > 0 || r.slice.Err() != nil:
			if err := d.store.Release(ctx, r.cursor, r.wait); err != nil {
				return err
			}
			return work.Again(r.wait)
		}
	}
}

// run is one run of a job.
type run struct {
	Deliverer
	cursor Cursor
	slice  context.Context //nolint:containedctx // it is the time that the run has
	hook   Webhook
	keys   []string
	wait   time.Duration // before the next attempt, once one has failed
}

// round reads the webhook and some events, and sends them; done: there is nothing more to do.
func (r *run) round(ctx context.Context) (done bool, err error) {
	if r.hook, r.keys, err = r.store.Sending(ctx, r.cursor.WebhookID, r.now()); err != nil {
		return false, err
	}
	if !r.hook.Enabled {
		return true, r.store.Release(ctx, r.cursor, 0) // enabling it adds a job
	}
	reach, err := r.events.Reach(ctx)
	if err != nil {
		return false, err
	}
	list, err := r.events.Between(ctx, r.hook.MarketID, r.hook.Types, r.cursor.Position, reach.Head, batch)
	if err != nil {
		return false, err
	}
	for _, e := range list {
		if more, err := r.next(ctx, e); err != nil || !more {
			return false, err
		}
	}
	if len(list) == batch {
		return false, nil
	}
	if more, err := r.again(ctx); err != nil || !more {
		return false, err
	}
	return r.store.Sleep(ctx, r.cursor, reach.Head)
}

// again sends what a person wants sent again; more: that is all of it, and the run may go on. After one that fails it
// rests a little, so that a receiver that is away for a minute does not cost all the others their attempt.
func (r *run) again(ctx context.Context) (more bool, err error) {
	list, err := r.store.Requested(ctx, r.hook.ID, batch)
	if err != nil {
		return false, err
	}
	for _, d := range list {
		e, err := r.event(ctx, r.hook.MarketID, d)
		if errors.Is(err, ErrEventGone) {
			d.Status, d.UpdatedAt = Failed, r.now()
			if _, err := r.store.Record(ctx, r.cursor, d); err != nil {
				return false, err
			}
			continue
		}
		if err != nil {
			return false, err
		}
		d, ok, err := r.attempt(ctx, e, d)
		if err != nil {
			return false, err
		}
		if ok {
			d.Status, r.cursor.FailingSince = Delivered, nil
		} else {
			d.Status, r.wait = Failed, jittered(waits[0])
		}
		if more, err = r.record(ctx, d); err != nil || !more {
			return false, err
		}
	}
	return len(list) < batch, nil
}

// next sends the next event; more: the run may go on with the one after it.
func (r *run) next(ctx context.Context, e outbox.Told) (more bool, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return false, err
	}
	d := Delivery{ID: id, WebhookID: r.hook.ID, Position: e.Position, EventID: e.ID, Type: e.Type, CreatedAt: r.now()}
	if r.cursor.Tries > 0 {
		switch known, err := r.store.Find(ctx, r.hook.ID, e.Position); {
		case err == nil:
			d = known
		case !errors.Is(err, ErrDeliveryNotFound): // it is not there when the types have changed since
			return false, err
		default:
			r.cursor.Tries = 0
		}
	}
	if d.Status == Dropped {
		r.cursor.Position, r.cursor.Tries = e.Position, 0
		return r.record(ctx, d)
	}
	d, ok, err := r.attempt(ctx, e, d)
	if err != nil {
		return false, err
	}
	r.cursor.Tries++
	switch {
	case ok:
		d.Status, r.cursor.FailingSince = Delivered, nil
	case r.cursor.Tries > len(waits):
		d.Status = Failed
	default:
		r.wait = jittered(waits[r.cursor.Tries-1])
		at := d.UpdatedAt.Add(r.wait).Truncate(time.Microsecond)
		d.Status, d.NextAt = Pending, &at
	}
	if d.Status != Pending {
		r.cursor.Position, r.cursor.Tries, r.cursor.WaitingSince = e.Position, 0, &e.At
	}
	return r.record(ctx, d)
}

// attempt sends an event, once.
func (r *run) attempt(ctx context.Context, e outbox.Told, d Delivery) (_ Delivery, ok bool, err error) {
	var meta struct {
		Traceparent string `json:"traceparent"`
	}
	if err := json.Unmarshal(e.Payload, &meta); err != nil {
		return d, false, fmt.Errorf("event %s: %w", e.ID, err)
	}
	at := r.now()
	res, err := r.Send(ctx, webhook.Message{ID: e.ID.String(), URL: r.hook.URL, Secrets: r.keys,
		Traceparent: meta.Traceparent, Body: e.Payload})
	if err != nil {
		return d, false, err
	}
	if ctx.Err() != nil { // the program ends: that says nothing of the receiver
		return d, false, ctx.Err()
	}
	ok = res.Failure == ""
	if !ok && r.cursor.FailingSince == nil {
		r.cursor.FailingSince = &at
	}
	count(res)
	return d.with(at, res), ok, nil
}

// record keeps what became of an attempt, and gives the webhook up when nothing went well for long. It may not go on
// when the webhook was changed meanwhile, so that it is read anew, nor when the time is over.
func (r *run) record(ctx context.Context, d Delivery) (more bool, err error) {
	version, err := r.store.Record(ctx, r.cursor, d)
	if err != nil {
		return false, err
	}
	if since := r.cursor.FailingSince; since != nil {
		began := slices.MaxFunc([]time.Time{*since, r.hook.EnabledAt}, time.Time.Compare)
		if r.now().Sub(began) >= giveUp {
			disabled.Add(1)
			return false, r.InTx(ctx, func(ctx context.Context, b Business) error {
				return b.disable(ctx, r.hook.ID, began, webhook.Host(r.hook.URL))
			})
		}
	}
	return r.wait == 0 && version == r.hook.Version && r.slice.Err() == nil, nil
}
