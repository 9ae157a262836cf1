package ledgerbus_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/domain/ledgerbus"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/money"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// rig is a shop and what a cashier does with the drawer.
type rig struct {
	dbtest.Shop
	db    sqldb.DB
	clock *dbtest.Clock
}

func setup(t *testing.T) rig {
	t.Helper()
	db, clk := dbtest.New(t), dbtest.NewClock()
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clk.Now})
	return rig{dbtest.NewShop(t, b), db, clk}
}

func (r rig) open(cashier uuid.UUID, float money.Money) (ledgerbus.CashSession, error) {
	return dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		return d.Ledger.OpenSession(ctx, r.Market.ID, cashier, float)
	})
}

func (r rig) move(id uuid.UUID, amount money.Money) (ledgerbus.Movement, error) {
	return dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (ledgerbus.Movement, error) {
		s, err := d.Ledger.LockSession(ctx, id)
		if err != nil {
			return ledgerbus.Movement{}, err
		}
		return d.Ledger.Move(ctx, s, r.Cashier.ID, amount, "change")
	})
}

func (r rig) close(id uuid.UUID, counted money.Money) (ledgerbus.CashSession, error) {
	return dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (ledgerbus.CashSession, error) {
		s, err := d.Ledger.LockSession(ctx, id)
		if err != nil {
			return s, err
		}
		return d.Ledger.CloseSession(ctx, s, counted)
	})
}

func (r rig) require(cashier uuid.UUID) error {
	return r.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		return d.Ledger.RequireSession(ctx, r.Market.ID, cashier)
	})
}

// post books cash into the drawer and against the family.
func (r rig) post(cashier uuid.UUID, amount money.Money) error {
	return r.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
		return d.Ledger.Post(ctx, ledgerbus.Posting{MarketID: r.Market.ID, SourceID: uuid.New(), Event: ledgerbus.Sale,
			At: r.clock.Now(), Entries: []ledgerbus.Entry{
				{Account: ledgerbus.Account{Kind: ledgerbus.Cash, Of: cashier}, Amount: amount},
				{Account: ledgerbus.Account{Kind: ledgerbus.Card}}, // of zero: it is left out
				{Account: ledgerbus.Account{Kind: ledgerbus.Family, Of: r.Family.ID}, Amount: -amount},
			}})
	})
}

// books demands the market's balances, by account.
func (r rig) books(t *testing.T, want map[ledgerbus.Account]money.Money) {
	t.Helper()
	list, err := r.Ledger.Balances(t.Context(), r.Market.ID)
	got := map[ledgerbus.Account]money.Money{}
	var sum money.Money
	for _, b := range list {
		got[b.Account] = b.Amount
		sum += b.Amount
	}
	if err != nil || sum != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("the books say %v, of which the sum is %d, %v, want %v", got, sum, err, want)
	}
}

// TestSession: a drawer from its opening to its count, as it is told after each step.
func TestSession(t *testing.T) {
	t.Parallel()
	r := setup(t)
	drawer := ledgerbus.Account{Kind: ledgerbus.Cash, Of: r.Cashier.ID}
	office, family := ledgerbus.Account{Kind: ledgerbus.CashOffice}, ledgerbus.Account{Kind: ledgerbus.Family,
		Of: r.Family.ID}
	if err := r.post(r.Cashier.ID, 7); err != nil { // before the session: not of it
		t.Fatal(err)
	}
	s, err := r.open(r.Cashier.ID, 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := ledgerbus.CashSession{ID: s.ID, MarketID: r.Market.ID, CashierID: r.Cashier.ID, Float: 1000,
		OpenedAt: r.clock.Now(), Expected: 1000, Version: 2}
	told := func(about string) {
		t.Helper()
		if got, err := r.Ledger.GetSession(t.Context(), s.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v\nwant %+v", about, got, err, want)
		}
	}
	told("opened")
	r.clock.Add(time.Minute)
	m, err := r.move(s.ID, -300)
	if wantMove := (ledgerbus.Movement{ID: m.ID, MarketID: r.Market.ID, CashSessionID: s.ID, Amount: -300,
		Reason: "change", MovedBy: r.Cashier.ID, CreatedAt: r.clock.Now()}); err != nil || m != wantMove {
		t.Errorf("moved %+v, %v, want %+v", m, err, wantMove)
	}
	want.Expected, want.Version = 700, 3
	told("moved")
	if err := r.post(r.Cashier.ID, 50); err != nil {
		t.Fatal(err)
	}
	want.Expected, want.Version = 750, 4
	told("sold")
	r.books(t, map[ledgerbus.Account]money.Money{drawer: 757, office: -700, family: -57})
	r.clock.Add(time.Minute)
	now, counted := r.clock.Now(), money.Money(740)
	closed, err := r.close(s.ID, counted)
	want.ClosedAt, want.Counted, want.Version = &now, &counted, 6 // an entry, and the close
	if err != nil || !reflect.DeepEqual(closed, want) {
		t.Errorf("closed %+v, %v\nwant %+v", closed, err, want)
	}
	told("closed")
	r.books(t, map[ledgerbus.Account]money.Money{drawer: 7, office: 40, family: -57, {Kind: ledgerbus.OverShort}: 10})
	if owed, err := r.Ledger.Owed(t.Context(), r.Market.ID, r.Family.ID); err != nil || owed != 57 {
		t.Errorf("the family is owed %d, %v, want 57", owed, err)
	}
	if err := r.post(r.Cashier.ID, 1); err != nil { // after the session: not of it
		t.Fatal(err)
	}
	told("after the close")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if _, err := r.Ledger.GetSession(t.Context(), uuid.New()); !errors.Is(err, ledgerbus.ErrSessionNotFound) {
		t.Errorf("get: got %v, want %v", err, ledgerbus.ErrSessionNotFound)
	}
	if _, err := r.close(uuid.New(), 0); !errors.Is(err, ledgerbus.ErrSessionNotFound) {
		t.Errorf("lock: got %v, want %v", err, ledgerbus.ErrSessionNotFound)
	}
	if _, err := r.open(uuid.New(), 0); !errors.Is(err, ledgerbus.ErrNoCashier) {
		t.Errorf("a session of nobody: got %v, want %v", err, ledgerbus.ErrNoCashier)
	}
	if err := r.post(uuid.New(), 1); !errors.Is(err, ledgerbus.ErrNoCashier) {
		t.Errorf("cash of nobody: got %v, want %v", err, ledgerbus.ErrNoCashier)
	}
	if err := r.require(r.Cashier.ID); !errors.Is(err, ledgerbus.ErrSessionRequired) {
		t.Errorf("none is open: got %v, want %v", err, ledgerbus.ErrSessionRequired)
	}
	s, err := r.open(r.Cashier.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.require(r.Cashier.ID); err != nil {
		t.Errorf("one is open: %v", err)
	}
	_, err = dbtest.In(r.Business, func(ctx context.Context, d business.Domains) (ledgerbus.Movement, error) {
		held, err := d.Ledger.LockSession(ctx, s.ID)
		if err != nil {
			return ledgerbus.Movement{}, err
		}
		return d.Ledger.Move(ctx, held, uuid.New(), 1, "why")
	})
	if !errors.Is(err, ledgerbus.ErrNoCashier) {
		t.Errorf("moved by nobody: got %v, want %v", err, ledgerbus.ErrNoCashier)
	}
	if _, err := r.open(r.Cashier.ID, 0); !errors.Is(err, ledgerbus.ErrSessionOpen) {
		t.Errorf("a second one: got %v, want %v", err, ledgerbus.ErrSessionOpen)
	}
	other := rig{dbtest.NewShop(t, r.Business), r.db, r.clock}
	if err := other.require(r.Cashier.ID); !errors.Is(err, ledgerbus.ErrSessionRequired) {
		t.Errorf("at another market: got %v, want %v", err, ledgerbus.ErrSessionRequired)
	}
	if _, err := other.open(r.Cashier.ID, 0); err != nil {
		t.Errorf("one at another market: %v", err)
	}
	if _, err := r.close(s.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.close(s.ID, 0); !errors.Is(err, ledgerbus.ErrSessionClosed) {
		t.Errorf("close twice: got %v, want %v", err, ledgerbus.ErrSessionClosed)
	}
	if _, err := r.move(s.ID, 1); !errors.Is(err, ledgerbus.ErrSessionClosed) {
		t.Errorf("move after the close: got %v, want %v", err, ledgerbus.ErrSessionClosed)
	}
	if err := r.require(r.Cashier.ID); !errors.Is(err, ledgerbus.ErrSessionRequired) {
		t.Errorf("it is closed: got %v, want %v", err, ledgerbus.ErrSessionRequired)
	}
	if _, err := r.open(r.Cashier.ID, 0); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestDrawerBounds: a drawer holds at most 10^12 minor units and lacks no more, whatever moves it.
func TestDrawerBounds(t *testing.T) {
	t.Parallel()
	const most = 1_000_000_000_000
	r := setup(t)
	s, err := r.open(r.Cashier.ID, most)
	if err != nil {
		t.Fatal(err)
	}
	move := func(amount money.Money) error {
		_, err := r.move(s.ID, amount)
		return err
	}
	sell := func(amount money.Money) error { return r.post(r.Cashier.ID, amount) }
	held := money.Money(most)
	for i, tt := range []struct {
		by     func(money.Money) error
		amount money.Money
		want   error
	}{
		{move, 1, ledgerbus.ErrDrawerFull}, {sell, 1, ledgerbus.ErrDrawerFull}, {move, -1, nil},
		{sell, 2, ledgerbus.ErrDrawerFull}, {sell, 1, nil}, {move, -most, nil}, {sell, -most, nil},
		{sell, -1, ledgerbus.ErrDrawerFull}, {move, -1, ledgerbus.ErrDrawerFull}, {move, 1, nil}, {sell, -1, nil},
	} {
		if err := tt.by(tt.amount); !errors.Is(err, tt.want) {
			t.Errorf("%d, by %d: got %v, want %v", i, tt.amount, err, tt.want)
		}
		if tt.want == nil {
			held += tt.amount
		}
		if got, err := r.Ledger.GetSession(t.Context(), s.ID); err != nil || got.Expected != held {
			t.Errorf("%d: the drawer holds %d, %v, want %d", i, got.Expected, err, held)
		}
	}
	if _, err := r.close(s.ID, most); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := r.open(r.Cashier.ID, most); err != nil {
		t.Errorf("the next drawer begins empty: %v", err)
	}
}

// TestOpenAtOnce: of many who open the same drawer one does.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	opened := 0
	for _, err := range dbtest.AtOnce(6, func(int, func()) error {
		_, err := r.open(r.Cashier.ID, 0)
		return err
	}) {
		switch {
		case err == nil:
			opened++
		case !errors.Is(err, ledgerbus.ErrSessionOpen):
			t.Error(err)
		}
	}
	if opened != 1 {
		t.Errorf("%d sessions are open", opened)
	}
}

// TestPostWhileClosing: cash that comes while the drawer is counted waits, and is not of the session.
func TestPostWhileClosing(t *testing.T) {
	t.Parallel()
	r := setup(t)
	s, err := r.open(r.Cashier.ID, 100)
	if err != nil {
		t.Fatal(err)
	}
	owner := dbtest.Owner(t, r.db)
	counting := make(chan struct{})
	if err := errors.Join(dbtest.AtOnce(2, func(i int, _ func()) error {
		if i == 1 {
			<-counting
			return r.post(r.Cashier.ID, 5)
		}
		return r.InTx(context.Background(), func(ctx context.Context, d business.Domains) error {
			s, err := d.Ledger.LockSession(ctx, s.ID)
			close(counting)
			dbtest.Blocked(t, owner, 1)
			if err != nil {
				return err
			}
			_, err = d.Ledger.CloseSession(ctx, s, 100)
			return err
		})
	})...); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Ledger.GetSession(t.Context(), s.ID); err != nil || got.Expected != 100 || got.Version != 4 {
		t.Errorf("the session is %+v, %v, want 100 expected and counted, of version 4", got, err)
	}
	r.books(t, map[ledgerbus.Account]money.Money{{Kind: ledgerbus.Cash, Of: r.Cashier.ID}: 5,
		{Kind: ledgerbus.Family, Of: r.Family.ID}: -5, {Kind: ledgerbus.CashOffice}: 0})
}

func TestPaidOut(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if err := r.InTx(t.Context(), func(ctx context.Context, d business.Domains) error {
		return d.Ledger.Post(ctx, ledgerbus.Posting{MarketID: r.Market.ID, SourceID: uuid.New(), Event: ledgerbus.Payout,
			At: r.clock.Now(), Entries: []ledgerbus.Entry{
				{Account: ledgerbus.Account{Kind: ledgerbus.Family, Of: r.Family.ID}, Amount: 5},
				{Account: ledgerbus.Account{Kind: ledgerbus.Payouts}, Amount: -5},
			}})
	}); err != nil {
		t.Fatal(err)
	}
	other := dbtest.NewShop(t, r.Business)
	for about, tt := range map[string]struct {
		market   uuid.UUID
		families []uuid.UUID
		want     bool
	}{
		"it":             {r.Market.ID, []uuid.UUID{r.Family.ID}, true},
		"it and another": {r.Market.ID, []uuid.UUID{uuid.New(), r.Family.ID}, true},
		"another":        {other.Market.ID, []uuid.UUID{other.Family.ID}, false},
		"none":           {r.Market.ID, nil, false},
		"nothing posted": {r.Market.ID, []uuid.UUID{uuid.New()}, false},
	} {
		if paid, err := r.Ledger.PaidOut(t.Context(), tt.market, tt.families); err != nil || paid != tt.want {
			t.Errorf("%s: paid out %t, %v, want %t", about, paid, err, tt.want)
		}
	}
}

// TestPostings: the database refuses a posting that does not add up to zero, whoever writes it.
func TestPostings(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for name, db := range map[string]sqldb.DB{"the service": r.db, "the owner": dbtest.Owner(t, r.db)} {
		old := uuid.New()
		entry := func(source uuid.UUID, n, amount int) string {
			return fmt.Sprintf("('%s', '%s', 'SALE', %d, 'card', %d, now())", r.Market.ID, source, n, amount)
		}
		for _, tt := range []struct {
			about   string
			entries string
			refused bool
		}{
			{"balanced", entry(old, 1, 100) + "," + entry(old, 2, -100), false},
			{"one sided", entry(uuid.New(), 1, 100), true},
			{"of two one", entry(uuid.New(), 1, 100) + "," + entry(uuid.New(), 1, -100), true},
			{"added to an old one", entry(old, 3, 1), true},
			{"a balanced addition", entry(old, 3, 1) + "," + entry(old, 4, -1), false},
		} {
			_, err := db.Exec(t.Context(),
				`INSERT INTO ledger_entries (market_id, source_id, event, entry, account, amount, created_at) VALUES `+tt.entries)
			if sqldb.Violates(err, "ledger_entries_balanced") != tt.refused || !tt.refused && err != nil {
				t.Errorf("%s, %s: %v", name, tt.about, err)
			}
		}
	}
	dbtest.IsAppendOnly(t, dbtest.Owner(t, r.db), "ledger_entries", "amount")
}

func list(w *dbtest.World) dbtest.Listing[ledgerbus.Filter, ledgerbus.CashSession] {
	return dbtest.Listing[ledgerbus.Filter, ledgerbus.CashSession]{
		Query: w.Ledger.QuerySessions, Columns: ledgerbus.OrderBy, All: ledgerbus.Filter{MarketID: w.Market},
		Keeps: func(s ledgerbus.CashSession) bool { return s.MarketID == w.Market && s.Version > 1 },
		Filters: map[string]dbtest.Filter[ledgerbus.Filter, ledgerbus.CashSession]{
			"cashier": dbtest.Narrow(ledgerbus.Filter{MarketID: w.Market, CashierID: &w.Owner},
				func(s ledgerbus.CashSession) bool { return s.CashierID == w.Owner }),
		},
		Orders: map[string]func(a, b ledgerbus.CashSession) int{
			"openedAt": dbtest.By(func(s ledgerbus.CashSession) int64 { return s.OpenedAt.UnixMicro() }),
		},
	}
}

func movements(w *dbtest.World) dbtest.Listing[ledgerbus.CashSession, ledgerbus.Movement] {
	return dbtest.Listing[ledgerbus.CashSession, ledgerbus.Movement]{
		Query: w.Ledger.QueryMovements, Columns: ledgerbus.MovementsOrderBy,
		All:   ledgerbus.CashSession{MarketID: w.Market, ID: w.Drawer},
		Keeps: func(m ledgerbus.Movement) bool { return m.CashSessionID == w.Drawer && m.Amount > 0 },
		Orders: map[string]func(a, b ledgerbus.Movement) int{
			"createdAt": dbtest.By(func(m ledgerbus.Movement) int64 { return m.CreatedAt.UnixMicro() }),
		},
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 40)
	dbtest.Lists(t, list(w))
	dbtest.Lists(t, movements(w))
}

func TestPlans(t *testing.T) {
	t.Parallel()
	w := dbtest.NewWorld(t, 400)
	dbtest.PlannedOnce(t, w, list(w))
	dbtest.UseIndexes(t, w, list(w))
	dbtest.PlannedOnce(t, w, movements(w))
	dbtest.UseIndexes(t, w, movements(w))
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	r := setup(t)
	s, err := r.open(r.Cashier.ID, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.move(s.ID, 1); err != nil {
		t.Fatal(err)
	}
	// entry is a balanced posting of two entries like these.
	entry := func(event, account, cashier, family, session string) string {
		return `INSERT INTO ledger_entries SELECT s.market_id, gen.id, ` + event + `, n, ` + account + `, ` + cashier + `, ` +
			family + `, ` + session + `, 3 - 2 * n, now()
			FROM cash_sessions s, families f, (SELECT gen_random_uuid() AS id) gen, generate_series(1, 2) n`
	}
	dbtest.Constraints(t, dbtest.Owner(t, r.db), []string{"cash_sessions", "cash_movements", "ledger_entries"},
		map[string][]string{
			"cash_sessions_market_fkey": {`INSERT INTO cash_sessions
				SELECT gen_random_uuid(), gen_random_uuid(), cashier_id, 0, now() FROM cash_sessions`},
			"cash_sessions_cashier_fkey":        {`UPDATE cash_sessions SET cashier_id = gen_random_uuid()`},
			"cash_sessions_opening_float_check": {`UPDATE cash_sessions SET opening_float = -1`},
			"cash_sessions_held_check": {`UPDATE cash_sessions SET held = 1000000000001`,
				`UPDATE cash_sessions SET held = -1000000000001`},
			"cash_sessions_counted_check": {`UPDATE cash_sessions SET closed_at = now(), expected = 0, counted = -1`},
			"cash_sessions_closed_check": {`UPDATE cash_sessions SET closed_at = now()`,
				`UPDATE cash_sessions SET closed_at = now(), expected = 0`,
				`UPDATE cash_sessions SET closed_at = now(), counted = 0`, `UPDATE cash_sessions SET counted = 0`},
			"cash_sessions_open_key": {`INSERT INTO cash_sessions
				SELECT market_id, gen_random_uuid(), cashier_id, 0, now() FROM cash_sessions`},
			"cash_movements_amount_check":  {`UPDATE cash_movements SET amount = 0`},
			"cash_movements_moved_by_fkey": {`UPDATE cash_movements SET moved_by = gen_random_uuid()`},
			"cash_movements_session_fkey":  {`UPDATE cash_movements SET cash_session_id = gen_random_uuid()`},
			"ledger_entries_event_check":   {entry(`'GIFT'`, `'card'`, `null`, `null`, `null`)},
			"ledger_entries_account_check": {entry(`'SALE'`, `'bank'`, `null`, `null`, `null`)},
			"ledger_entries_entry_check": {`INSERT INTO ledger_entries
				SELECT market_id, gen_random_uuid(), 'SALE', 0, 'card', null, null, null, 1, now() FROM markets`},
			"ledger_entries_amount_check": {`INSERT INTO ledger_entries
				SELECT market_id, gen_random_uuid(), 'SALE', 1, 'card', null, null, null, 0, now() FROM markets`},
			"ledger_entries_cashier_fkey": {entry(`'SALE'`, `'cash'`, `gen.id`, `null`, `null`)},
			"ledger_entries_family_fkey":  {entry(`'SALE'`, `'family'`, `null`, `gen.id`, `null`)},
			"ledger_entries_session_fkey": {entry(`'SALE'`, `'cash'`, `s.cashier_id`, `null`, `gen.id`)},
			"ledger_entries_party_check": {entry(`'SALE'`, `'cash'`, `null`, `null`, `null`),
				entry(`'SALE'`, `'card'`, `s.cashier_id`, `null`, `null`), entry(`'SALE'`, `'family'`, `null`, `null`, `null`),
				entry(`'SALE'`, `'card'`, `null`, `f.family_id`, `null`),
				entry(`'SALE'`, `'card'`, `null`, `null`, `s.cash_session_id`)},
			"ledger_entries_payout_key": {entry(`'PAYOUT'`, `'family'`, `null`, `f.family_id`, `null`)},
		})
}
