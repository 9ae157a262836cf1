//go:build security

package authapp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/types/role"
)

// TestTiming measures whether the time of an answer tells if there is such an account: the medians of 200 logins each,
// taken in turns, must be within 10 %. Run it on a machine that does nothing else.
func TestTiming(t *testing.T) { //nolint:paralleltest // it measures time
	hasher, err := passhash.New(passhash.Config{Memory: 19 << 10, Iterations: 2, Concurrent: 4})
	if err != nil {
		t.Fatal(err)
	}
	s := apptest.NewWith(t, apptest.Options{Hasher: hasher})
	s.AddUser(t, "known@x.org", role.User)
	disabled := s.AddUser(t, "disabled@x.org", role.User)
	admin := s.AddUser(t, "admin@x.org", role.Admin)
	s.OK(t, 200, nil, "PATCH", "/v1/users/"+disabled.ID.String(), admin.Token, object{"enabled": false})

	addrs := []string{"known@x.org", "nobody@x.org", "disabled@x.org", "no address"}
	alike(t, addrs, func(addr string) { guess(t, s, 401, addr, "wrong password") })
}

// TestResetTiming is TestTiming for asking to reset a password, which waits for nothing that depends on the account.
func TestResetTiming(t *testing.T) { //nolint:paralleltest // it measures time
	s := apptest.New(t)
	s.AddUser(t, "known@x.org", role.User)
	alike(t, []string{"known@x.org", "nobody@x.org"}, func(addr string) {
		s.OK(t, 202, nil, "POST", "/v1/auth/reset", "", object{"email": addr})
	})
}

// alike wants the medians of 200 times for each address, taken in turns, within 10 % of the first one's.
func alike(t *testing.T, addrs []string, ask func(addr string)) {
	t.Helper()
	times := map[string][]time.Duration{}
	for round := range 200 {
		for i := range addrs {
			addr := addrs[(i+round)%len(addrs)] // the collector comes every so many hashings, at nobody's turn
			start := time.Now()
			ask(addr)
			times[addr] = append(times[addr], time.Since(start))
		}
	}
	median := func(addr string) time.Duration {
		slices.Sort(times[addr])
		return times[addr][len(times[addr])/2]
	}
	known := median(addrs[0])
	for _, addr := range addrs {
		m := median(addr)
		off := float64(m-known) / float64(known)
		t.Logf("%-16s median %8v, %+.1f %%", addr, m.Round(time.Microsecond), 100*off)
		if off > 0.1 || off < -0.1 {
			t.Errorf("%s can be told from %s", addr, addrs[0])
		}
	}
}
