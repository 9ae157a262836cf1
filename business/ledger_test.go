package business_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/sqldb"
)

// TestPostings: the database refuses a posting that does not add up to zero, whoever writes it.
func TestPostings(t *testing.T) {
	t.Parallel()
	b, service := dbtest.Business(t)
	s := dbtest.NewShop(t, b)
	for name, db := range map[string]sqldb.DB{"the service": service, "the owner": dbtest.Owner(t, service)} {
		old := uuid.New()
		entry := func(source uuid.UUID, n, amount int) string {
			return fmt.Sprintf("('%s', '%s', 'SALE', %d, 'card', %d, now())", s.Market.ID, source, n, amount)
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
}
