package netaddr_test

import (
	"net/netip"
	"testing"

	"github.com/garagesale/service/foundation/netaddr"
)

func TestClient(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"192.0.2.1":           "192.0.2.1/32",
		"::ffff:192.0.2.1":    "192.0.2.1/32",
		"2001:db8:1:2::1":     "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":     "2001:db8:1:3::/64",
		"fe80::1%eth0":        "fe80::/64",
	} {
		if got := netaddr.Client(netip.MustParseAddr(text)); got.String() != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	if got := netaddr.Client(netip.Addr{}); got.IsValid() {
		t.Errorf("no address: %v", got)
	}
}
