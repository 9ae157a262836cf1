package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/garagesale/service/business/sdk/errs"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err         error
		unavailable bool
	}{
		{nil, false},
		{ErrNoRows, false},
		{context.Canceled, false},
		{context.DeadlineExceeded, true},
		{io.ErrUnexpectedEOF, true},
		{&pgconn.PgError{Code: "08006"}, true},
		{&pgconn.PgError{Code: "53300"}, true}, // too many connections
		{&pgconn.PgError{Code: "57P01"}, true}, // admin shutdown
		{&pgconn.PgError{Code: "57P03"}, true}, // starting up
		{&pgconn.PgError{Code: "23505"}, false},
		{&pgconn.PgError{Code: "42601"}, false},
		{&pgconn.PgError{Code: "40001"}, false},
		{&pgconn.PgError{}, false},
		{errors.New("anything else"), false},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if tt.err == nil {
				err = nil
			}
			got := classify(err)
			if errors.Is(got, errs.ErrUnavailable) != tt.unavailable || !errors.Is(got, tt.err) {
				t.Errorf("%v became %v", err, got)
			}
		}
	}
}

func TestCommitError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err     error
		unknown bool
	}{
		{nil, false},
		{&pgconn.PgError{SeverityUnlocalized: "ERROR", Code: "23505"}, false},
		{&pgconn.PgError{SeverityUnlocalized: "FATAL", Code: "57P01"}, true},
		{pgx.ErrTxCommitRollback, false},
		{io.ErrUnexpectedEOF, true},
		{context.Canceled, true}, // the time for COMMIT is over
	} {
		got := commitError(tt.err)
		if errors.Is(got, errs.ErrOutcomeUnknown) != tt.unknown || !errors.Is(got, tt.err) {
			t.Errorf("%v became %v", tt.err, got)
		}
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	var w Where
	if got := w.sql(); got != "" {
		t.Errorf("nothing: %q", got)
	}
	seven, none := 7, (*string)(nil)
	w.And("a = ?", 1)
	w.And("b")
	If(&w, "c = ?", none)
	If(&w, "d < ?", &seven)
	w.And("(e, f) > (?::text, ?)", "x", "y")
	if got, want := w.sql(), " WHERE a = $1 AND b AND d < $2 AND (e, f) > ($3::text, $4)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []any{1, 7, "x", "y"}; !slices.Equal(w.args, want) {
		t.Errorf("got %v, want %v", w.args, want)
	}
}
