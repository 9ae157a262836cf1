package memberbus_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/query"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/email"
	"github.com/garagesale/service/business/types/opt"
	"github.com/garagesale/service/business/types/role"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is a market that always has an organiser.
type world struct {
	*testing.T
	business.Business
	owner  sqldb.DB
	market marketbus.Market
}

func newWorld(t *testing.T) world {
	t.Helper()
	b, db := dbtest.Business(t)
	m := dbtest.NewShop(t, b).Market
	m, err := dbtest.In(b, func(ctx context.Context, d business.Domains) (marketbus.Market, error) {
		return d.Markets.Create(ctx, marketbus.NewMarket{Name: "M", Place: "P", StartsAt: m.StartsAt, EndsAt: m.EndsAt,
			Currency: "USD", Organised: true})
	})
	if err != nil {
		t.Fatal(err)
	}
	return world{t, b, dbtest.Owner(t, db), m}
}

func (w world) add(addr email.Email, as role.Member) memberbus.Member {
	w.Helper()
	m, err := dbtest.In(w.Business, func(ctx context.Context, d business.Domains) (memberbus.Member, error) {
		u, err := d.Users.Create(ctx, userbus.NewUser{Name: "U", Email: addr, Roles: role.NewSet(role.User)})
		if err != nil {
			return memberbus.Member{}, err
		}
		return d.Members.Add(ctx, memberbus.NewMember{MarketID: w.market.ID, UserID: u.ID, Role: as})
	})
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// TestTwoLeaveAtOnce: of the last two organisers who leave, or are made cashiers, at once, the second waits for the
// first and stays. Without the lock it does not wait, and Blocked says so every time.
func TestTwoLeaveAtOnce(t *testing.T) {
	t.Parallel()
	leave := func(ctx context.Context, d business.Domains, m memberbus.Member) error {
		return d.Members.Remove(ctx, m)
	}
	demote := func(ctx context.Context, d business.Domains, m memberbus.Member) error {
		_, err := d.Members.SetRole(ctx, m, role.MemberCashier)
		return err
	}
	for name, how := range map[string][2]func(context.Context, business.Domains, memberbus.Member) error{
		"both leave": {leave, leave}, "both are demoted": {demote, demote}, "one of each": {leave, demote},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			two := []memberbus.Member{w.add("a@x.org", role.Organiser), w.add("b@x.org", role.Organiser)}
			gone := make(chan struct{})
			failures := dbtest.AtOnce(2, func(i int, _ func()) error {
				if i == 1 {
					<-gone
				}
				return w.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
					m, err := d.Members.Lock(ctx, w.market.ID, two[i].UserID)
					if err != nil {
						return err
					}
					err = how[i](ctx, d, m)
					if i == 0 {
						close(gone)
						dbtest.Blocked(t, w.owner, 1)
					}
					return err
				})
			})
			if failures[0] != nil || !errors.Is(failures[1], memberbus.ErrLast) {
				t.Errorf("the first: %v, the second: %v, want %v", failures[0], failures[1], memberbus.ErrLast)
			}
			if list, err := w.Members.Organisers(t.Context(), w.market.ID); err != nil || len(list) != 1 {
				t.Errorf("organisers: %v %v", list, err)
			}
		})
	}
}

// TestRoles: what each account is at the market, and who of them gets its mails.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first, cashier, off := w.add("a@x.org", role.Organiser), w.add("b@x.org", role.MemberCashier),
		w.add("c@x.org", role.Organiser)
	if err := w.InTx(ctx, func(ctx context.Context, d business.Domains) error {
		u, err := d.Users.Lock(ctx, off.UserID)
		if err == nil {
			_, err = d.Users.Update(ctx, u, userbus.UpdateUser{Enabled: opt.Some(false)})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	roles, err := w.Members.Roles(ctx, w.market.ID)
	if err != nil || len(roles) != 3 {
		t.Errorf("roles: %v %v", roles, err)
	}
	for id, want := range map[uuid.UUID]role.Member{first.UserID: role.Organiser, cashier.UserID: role.MemberCashier,
		off.UserID: role.Organiser, uuid.New(): ""} {
		got, err := w.Members.Role(ctx, w.market.ID, id)
		if err != nil || got != want || roles[id] != want {
			t.Errorf("%s is %q and %q, want %q: %v", id, got, roles[id], want, err)
		}
		if got, err := w.Members.Role(ctx, uuid.New(), id); got != "" || err != nil {
			t.Errorf("elsewhere it is %q: %v", got, err)
		}
	}
	if list, err := w.Members.Organisers(ctx, w.market.ID); err != nil || !slices.Equal(list, []email.Email{"a@x.org"}) {
		t.Errorf("mails go to %v: %v", list, err)
	}
}

// TestGoesWithTheMarket: a market with members alone can be deleted, and its members go with it; an account that is a
// member cannot.
func TestGoesWithTheMarket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.add("a@x.org", role.Organiser)
	drop := func() error {
		return w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
			u, err := d.Users.Lock(ctx, m.UserID)
			if err != nil {
				return err
			}
			return d.Users.Delete(ctx, u)
		})
	}
	if err := drop(); !errors.Is(err, userbus.ErrHasHistory) {
		t.Errorf("a member's account is deleted: %v", err)
	}
	if err := w.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Markets.Delete(ctx, w.market)
	}); err != nil {
		t.Fatal(err)
	}
	if list, err := w.Members.Query(t.Context(), w.market.ID, query.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("members are left: %v %v", list, err)
	}
	if err := drop(); err != nil {
		t.Error(err)
	}
}
