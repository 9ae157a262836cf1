// Package outbox keeps what happened until it has been told.
//
// A change writes its events into the table outbox, in its own transaction, so that what is rolled back tells nothing
// and what is committed is told whatever is killed. A Relay drains that table into events, where each event gets the
// next position: positions have no gaps and only grow, so whoever tells others (streams, webhooks, a broker) needs
// nothing but the position up to which it has told. The columns are those of Debezium's outbox event router, which may
// take the Relay's place.
//
// Order: an event is written while the row that it is about is held, so the sequence of the outbox has the order of the
// changes of one thing, and draining, which one connection does at a time, keeps it.
package outbox
