package auth

import (
	"context"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/email"
)

// Attempt counts an attempt of the client at a secret, of that account or of none in particular, and notes the limits
// for the answer. It counts at once and outside of any transaction, so that a refusal does not take it back; Succeeded
// does.
func Attempt(ctx context.Context, d business.Domains, account email.Email) (attempts.Attempt, error) {
	info := request.From(ctx)
	a, quotas, err := d.Attempts.Begin(ctx, account, info.RemoteAddr)
	info.Quotas = append(info.Quotas, quotas...)
	return a, err
}

// Succeeded takes an attempt back; with d over a transaction, together with what succeeded.
func Succeeded(ctx context.Context, d business.Domains, a attempts.Attempt) error {
	return d.Attempts.Succeeded(ctx, a)
}
