package sessionbus

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/foundation/netaddr"
)

// Client is who asks for tokens.
type Client struct {
	Address   netip.Addr
	UserAgent string // as it calls itself
}

const (
	maxAgent = 200 // characters of what a client calls itself that are kept

	// A device is remembered for a year after its last login. Of those that are too many the oldest is forgotten.
	devicesKept = 365 * 24 * time.Hour
	maxDevices  = 100
)

// address is where the client is, as it is shown; "" for none.
func (c Client) address() string {
	if !c.Address.IsValid() {
		return ""
	}
	return c.Address.Unmap().String()
}

// agent is what the client calls itself, on one line and not long.
func (c Client) agent() string {
	plain := []rune(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, c.UserAgent))
	return string(plain[:min(len(plain), maxAgent)])
}

// device names what looks the same at each login: the program, whatever its version, and the network.
func (c Client) device() []byte {
	program := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' || r == '_' {
			return -1
		}
		return r
	}, c.agent())
	sum := sha256.Sum256([]byte(netaddr.Client(c.Address).String() + " " + program))
	return sum[:]
}

// notice tells the account, which the transaction holds, of a login from a device that it has not logged in with
// before; not of the first one of all.
func (b Business) notice(ctx context.Context, u userbus.User, s Session, device []byte) error {
	known, devices, err := b.store.Devices(ctx, u.ID, device)
	if err != nil {
		return err
	}
	if err := b.store.SeeDevice(ctx, u.ID, device, s.CreatedAt, maxDevices); err != nil || known || devices == 0 {
		return err
	}
	return b.users.TellLogin(ctx, u, s.CreatedAt, s.Address, s.UserAgent)
}
