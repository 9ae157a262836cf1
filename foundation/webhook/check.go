package webhook

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
)

// MaxURL is how long a URL may be, in bytes.
const MaxURL = 2048

// The errors of Check.
var (
	errURL     = errors.New("must be a URL such as https://example.com/hooks")
	errLong    = errors.New("must have at most 2048 characters")
	errScheme  = errors.New("must begin with https://")
	errUser    = errors.New("must hold no user or password")
	errPort    = errors.New("must have the port 443, or one from 1024 on")
	errHost    = errors.New("must name a host on the public internet, in ASCII, such as example.com")
	errAddress = errors.New("must name a host on the public internet, or its address in the usual form")
)

// Check tells what is wrong with a URL to send to, as far as the URL itself shows it: where its name leads is looked at
// each time that it is dialled. What is allowed besides the public internet may be written as an address, and as
// localhost if that is 127.0.0.1.
func Check(raw string, allow []netip.Prefix) error {
	if len(raw) > MaxURL {
		return errLong
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return errURL
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" || u.Fragment != "" || u.RawFragment != "" ||
		strings.Contains(raw, "#") {
		return errURL
	}
	if u.User != nil || strings.Contains(u.Host, "@") {
		return errUser
	}
	allowed, err := checkHost(u.Hostname(), allow)
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Scheme == "http" && !allowed:
		return errScheme
	case err != nil:
		return err
	case allowed:
		return nil
	}
	return checkPort(u)
}

func checkPort(u *url.URL) error {
	if strings.HasSuffix(u.Host, ":") {
		return errPort
	}
	if u.Port() == "" {
		return nil
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n < 1024 && n != 443 {
		return errPort
	}
	return nil
}

// checkHost tells whether a host is allowed though it is not on the public internet.
func checkHost(host string, allow []netip.Prefix) (allowed bool, err error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" || a.Is4In6() {
			return false, errAddress
		}
		if contains(allow, a) {
			return true, nil
		}
		if ssrf.New(ssrf.WithAnyPort()).SafeAddr(a) != nil {
			return false, errAddress
		}
		return false, nil
	}
	if host == "localhost" && contains(allow, netip.AddrFrom4([4]byte{127, 0, 0, 1})) {
		return true, nil
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 || len(host) > 253 {
		return false, errHost
	}
	for _, l := range labels {
		if !label(l) {
			return false, errHost
		}
	}
	last := labels[len(labels)-1]
	switch {
	case strings.Trim(last, "0123456789") == "", strings.HasPrefix(last, "0x"), strings.HasPrefix(last, "0X"):
		return false, errAddress // some resolvers take 0x7f.1 for an address
	case strings.EqualFold(last, "localhost"), strings.EqualFold(last, "internal"), strings.EqualFold(last, "local"):
		return false, errHost
	}
	return false, nil
}

func label(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
}

// Host is the part of a URL that may be shown: what comes after it may be a secret.
func Host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
