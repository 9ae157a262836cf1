// Package broker tells NATS JetStream what happened at the markets.
//
// Each event is one message of the stream Stream, on the subject garagesale.<marketID>.<type>: the event as it is, in
// CloudEvents' structured mode, with its id as Nats-Msg-Id, so that the server drops a repeat, and its traceparent.
package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/garagesale/service/business/sdk/outbox"
)

const (
	// Stream is the stream's name.
	Stream = "GARAGESALE"
	// Subjects are those of the stream.
	Subjects = "garagesale.>"
	// Window is how long the server knows an event's id, and drops a repeat. It is longer than a server should be away:
	// what was stored just before, without an answer, is sent again afterwards.
	Window = 2 * time.Hour
)

// Config says where NATS is.
type Config struct {
	URL      string // nats://user:password@host:4222, tls://…; several with commas
	Creds    string // file of a user's credentials (JWT and seed); "": none
	CA       string // file of certificates that sign the server's; "": the system's
	Replicas int    // of the stream, when it is made
}

// Broker is a connection to NATS, which comes back by itself. It is an outbox.Target.
type Broker struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	replicas int
	made     atomic.Bool           // the stream is there
	why      atomic.Pointer[error] // there is no connection, as far as is known
	repeats  atomic.Int64
}

// Open connects. A server that does not answer yet is no error.
func Open(cfg Config) (*Broker, error) {
	b := &Broker{replicas: max(1, cfg.Replicas)}
	note := func(_ *nats.Conn, err error) { b.why.Store(&err) }
	opts := []nats.Option{
		nats.Name("sales"), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), // a password may be put right at the server, too
		nats.DisconnectErrHandler(note), nats.ReconnectErrHandler(note),
		// Nothing is kept for when the server is back: the database has it, and what came later must not go first.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // whoever sends is told
	}
	if cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(cfg.Creds))
	}
	if cfg.CA != "" {
		opts = append(opts, nats.RootCAs(cfg.CA))
	}
	nc, err := nats.Connect(cfg.URL, opts...)
	if _, bad := errors.AsType[*url.Error](err); bad {
		return nil, errors.New("the URL of NATS is not valid: it must be like nats://user:password@host:4222") // no password
	}
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	if b.js, err = jetstream.New(nc); err != nil {
		nc.Close()
		return nil, fmt.Errorf("nats: %w", err)
	}
	b.nc = nc
	return b, nil
}

// Close ends the connection.
func (b *Broker) Close() { b.nc.Close() }

// Name implements outbox.Target.
func (b *Broker) Name() string { return "nats" }

// Ready implements outbox.Target.
func (b *Broker) Ready() error {
	if b.nc.IsConnected() {
		return nil
	}
	err := nats.ErrDisconnected
	if why := b.why.Load(); why != nil && *why != nil {
		err = *why
	}
	return fmt.Errorf("nats: %w", err)
}

// Repeats is how many of the events that were sent the server had already.
func (b *Broker) Repeats() int64 { return b.repeats.Load() }

// Send implements outbox.Target. The markets go side by side, and in each an event goes when the server has
// acknowledged the one before it: of several on the way one may be lost, and the others would get ahead of it.
func (b *Broker) Send(ctx context.Context, list []outbox.Told) (taken int, err error) {
	ctx, cancel := context.WithTimeout(ctx, outbox.SendTimeout)
	defer cancel()
	if err := b.ensure(ctx); err != nil {
		return 0, err
	}
	enough, cancel := context.WithTimeout(ctx, outbox.SendTimeout/2) // the rest is for the next time
	defer cancel()
	lanes := map[uuid.UUID][]int{}
	for i, e := range list {
		lanes[e.MarketID] = append(lanes[e.MarketID], i)
	}
	done, failed := make([]bool, len(list)), make([]error, len(list))
	var wg sync.WaitGroup
	for _, lane := range lanes {
		wg.Go(func() {
			for _, i := range lane {
				if i > 0 && enough.Err() != nil {
					return
				}
				if failed[i] = b.publish(ctx, list[i]); failed[i] != nil {
					return
				}
				done[i] = true
			}
		})
	}
	wg.Wait()
	if taken = slices.Index(done, false); taken < 0 {
		return len(list), nil
	}
	return taken, failed[taken]
}

// publish returns when the server has the event.
func (b *Broker) publish(ctx context.Context, e outbox.Told) error {
	const tooLarge = 10054 // "message size exceeds maximum allowed", of the stream
	ack, err := b.js.PublishMsg(ctx, message(e), jetstream.WithRetryAttempts(0))
	if err == nil {
		if ack.Duplicate {
			b.repeats.Add(1)
		}
		return nil
	}
	api, isAPI := errors.AsType[*jetstream.APIError](err)
	switch {
	case errors.Is(err, nats.ErrMaxPayload), isAPI && api.ErrorCode == tooLarge:
		return outbox.Refused{Reason: "it is larger than the server takes"}
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		b.made.Store(false)
	}
	return fmt.Errorf("nats: %w", err)
}

// ensure makes the stream if it is missing. One that is there is left as its owner made it.
func (b *Broker) ensure(ctx context.Context) error {
	if b.made.Load() {
		return nil
	}
	_, err := b.js.Stream(ctx, Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: Stream, Description: "What happens at the markets of the garage-sale service.", Subjects: []string{Subjects},
			MaxAge: outbox.Keep, Duplicates: Window, Replicas: b.replicas, AllowDirect: true,
		})
	}
	if err != nil {
		return fmt.Errorf("nats: stream %s: %w", Stream, err)
	}
	b.made.Store(true)
	return nil
}

func message(e outbox.Told) *nats.Msg {
	var cloud struct {
		Traceparent string `json:"traceparent"`
	}
	_ = json.Unmarshal(e.Payload, &cloud) // an event without one is none the worse
	m := nats.NewMsg("garagesale." + e.MarketID.String() + "." + e.Type)
	m.Header.Set(jetstream.MsgIDHeader, e.ID.String())
	m.Header.Set("content-type", "application/cloudevents+json")
	if cloud.Traceparent != "" {
		m.Header.Set("traceparent", cloud.Traceparent)
	}
	m.Data = e.Payload
	return m
}
