// Package netaddr tells what counts as one client on the network.
package netaddr

import "net/netip"

// Client is what one client can choose its addresses from: its address with IPv4, a /64 with IPv6 (RFC 6177). What is
// counted for each address is counted for this, so that nobody has 2^64 shares.
func Client(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // of the zero Addr: the zero Prefix
	return p
}
