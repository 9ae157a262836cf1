// Package quota bounds how many things an account or a family may have, so that nobody fills the service alone
// (zarf/docs/decisions/0031-quotas.md). Each domain counts its own, holding whose they are, so that two at once are
// counted one after the other.
package quota

import (
	"cmp"
	"fmt"

	"github.com/garagesale/service/business/sdk/errs"
)

// Config is the quotas. The zero Config takes the values named beside the fields.
type Config struct {
	Products int // 1,000: of a family
	Families int // 20: of an account, at markets that are not closed
	Markets  int // 50: that an account made, and that are not closed
	Sessions int // 100: of an account, that can still be refreshed
	Webhooks int // 10: of a market
	Members  int // 100: of a market
	Keys     int // 20: API keys of an account
}

// OrDefault is c with its defaults.
func (c Config) OrDefault() Config {
	return Config{cmp.Or(c.Products, 1000), cmp.Or(c.Families, 20), cmp.Or(c.Markets, 50), cmp.Or(c.Sessions, 100),
		cmp.Or(c.Webhooks, 10), cmp.Or(c.Members, 100), cmp.Or(c.Keys, 20)}
}

// ErrReached refuses what would be one too many; its message names the quota.
var ErrReached = errs.New(errs.Conflict, "quota_reached", "there are as many of these as there may be",
	"`detail` names the quota. Delete, or end, what is no longer needed, or ask whoever runs the service for more.")

// Check refuses to add more to what there is, if that would be more than most.
func Check(what string, has, more, most int) error {
	if has+more <= most {
		return nil
	}
	refusal := *ErrReached
	refusal.Msg = fmt.Sprintf("the quota is %d %s; there are %d, and %d more were asked for", most, what, has, more)
	return &refusal
}
