// Package settings is what the programs are told from outside: by the environment, SALES_…, and by flags. Every
// setting has a default that runs wherever there can be one. A number or a duration has its bounds beside it, in the
// tags min and max; one outside of them is refused at the start, in a line that names the variable, the value and the
// range.
package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ardanlabs/conf/v3"
)

// prefix begins the name of every variable.
const prefix = "SALES"

// Settings is every setting of the service; sales-admin reads the same.
type Settings struct {
	conf.Version
	Web     Web
	Limit   Limit
	Quota   Quota
	Markets Markets
	DB      DB
	Work    Work
	Mail    Mail
	Events  Events

	Webhooks Webhooks

	Auth  Auth
	Trace Trace
	Log   Log
	Kube  Kube
}

// Web is where the service listens and what a client may take of it.
type Web struct {
	APIHost        string        `conf:"default:127.0.0.1:3000,help:address of the API"`
	DebugHost      string        `conf:"default:127.0.0.1:3010,help:address of pprof and metrics; never make it public"`
	ProbeHost      string        `conf:"help:address for the probes alone, which no load keeps out; none: on the API"`
	RequestTimeout time.Duration `conf:"default:10s,help:how long a request may take" min:"1ms" max:"1h"`
	MaxConns       int           `conf:"default:4096,help:connections at once" min:"0" max:"1000000"`

	MaxEach int `conf:"default:256,help:connections of an address; behind a proxy requests" min:"0" max:"1000000"`

	MaxInFlight int `conf:"default:256,help:requests at once; more get 503, probes pass" min:"0" max:"1000000"`

	MaxStreams int `conf:"default:2000,help:clients that listen to events at once; more get 503" min:"0" max:"1000000"`

	BodyRate int64 `conf:"default:1024,help:bytes of a body a second at least after 2 s; 0: any" min:"0" max:"1000000000"`

	BodyMemory int64 `conf:"default:67108864,help:bytes of all large bodies at once; 0: any" min:"0" max:"1099511627776"`

	ShutdownDelay time.Duration `conf:"default:0s,help:how long to serve on after readiness turned 503" min:"0s" max:"1h"`

	ShutdownTimeout time.Duration `conf:"default:20s,help:how long requests in flight may take" min:"1ms" max:"1h"`

	PublicURL string `conf:"default:http://127.0.0.1:3000,help:where people reach the API; links in mails begin with it"`

	CORSOrigins    []string `conf:"help:origins whose pages may use the API, semicolon between; none"`
	TrustedProxies []string `conf:"help:prefixes (10.0.0.0/8;…) whose X-Forwarded-For is believed"`

	HSTS time.Duration `conf:"default:0s,help:max-age of Strict-Transport-Security; 0s for none" min:"0s" max:"87600h"`

	ReadHeader time.Duration `conf:"default:5s,help:how long a client may take to send the headers" min:"1ms" max:"1h"`

	Read time.Duration `conf:"default:30s,help:how long a client may take to send the whole request" min:"1ms" max:"1h"`

	Write time.Duration `conf:"default:60s,help:how long a client may take to receive the answer" min:"1ms" max:"1h"`

	Idle time.Duration `conf:"default:120s,help:how long a connection may wait for its next request" min:"1ms" max:"24h"`

	MaxHeaderBytes int `conf:"default:131072,help:size of a request's headers" min:"1024" max:"16777216"`
}

// Proxies are TrustedProxies, which Read has found to be prefixes.
func (w Web) Proxies() []netip.Prefix { return prefixes(w.TrustedProxies) }

func prefixes(texts []string) []netip.Prefix {
	list := make([]netip.Prefix, 0, len(texts))
	for _, p := range texts {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			list = append(list, prefix)
		}
	}
	return list
}

// Limit is how often may be asked.
type Limit struct {
	AccountFailures int `conf:"default:10,help:failed logins of an account a minute, all replicas" min:"1" max:"1000000"`

	AccountMails int `conf:"default:10,help:mails an hour that an account or address asks for" min:"1" max:"1000000"`

	AddressFailures int `conf:"default:60,help:failed logins of an address a minute, all replicas" min:"1" max:"1000000"`

	AccountRate float64 `conf:"default:1000,help:requests of an account a second, a replica; 0: none" min:"0" max:"1e9"`

	AccountBurst int `conf:"default:2000,help:requests of an account at once" min:"1" max:"1000000000"`

	WriteRate float64 `conf:"default:200,help:changes of an account a second of up to 4 KiB; 0: any" min:"0" max:"1e9"`

	WriteBurst int `conf:"default:2000,help:changes of an account at once of up to 4 KiB" min:"1" max:"1000000000"`

	AddressRate float64 `conf:"default:50,help:requests of nobody from an address a second; 0: any" min:"0" max:"1e9"`

	AddressBurst int `conf:"default:200,help:requests of nobody from an address at once" min:"1" max:"1000000000"`

	Dear int `conf:"default:2,help:searches and label pages for the public at once; 0: any" min:"0" max:"1000000"`
}

// Quota is how many there may be.
type Quota struct {
	Products int `conf:"default:1000,help:products of a family" min:"1" max:"100000"`
	Families int `conf:"default:20,help:families of an account at markets that are not closed" min:"1" max:"100000"`
	Markets  int `conf:"default:50,help:markets that an account made and that are not closed" min:"1" max:"100000"`
	Sessions int `conf:"default:100,help:sessions of an account that can still be refreshed" min:"1" max:"100000"`
	Webhooks int `conf:"default:10,help:webhooks of a market" min:"1" max:"1000"`
	Members  int `conf:"default:100,help:members of a market" min:"1" max:"1000"`
	Keys     int `conf:"default:20,help:API keys of an account" min:"1" max:"1000"`
}

// Markets is who may make them.
type Markets struct {
	Makers string `conf:"default:ADMIN,help:who may make markets: ADMIN or ACCOUNTS (everyone with an account)"`
}

// DB is the database.
type DB struct {
	URL      string `conf:"mask,help:postgres://user:password@host:5432/name"`
	MaxConns int    `conf:"default:16,help:connections to the database" min:"1" max:"10000"`
}

// Work is what is done beside requests.
type Work struct {
	Workers int `conf:"default:4,help:jobs at once; 0: this replica does none" min:"0" max:"1000"`
}

// Webhooks is how what happens is sent to other systems.
type Webhooks struct {
	Workers int `conf:"default:16,help:webhooks at once that a replica sends to; without workers none" min:"1" max:"1000"`

	Allow []string `conf:"help:prefixes (127.0.0.0/8;…) that may be sent to besides the public internet and by http"`
}

// Prefixes are Allow, which Read has found to be prefixes.
func (w Webhooks) Prefixes() []netip.Prefix { return prefixes(w.Allow) }

// Mail is how mails are sent.
type Mail struct {
	URL  string `conf:"mask,help:smtp://user:password@host:587 or smtps://…:465; see zarf/docs/mail.md"`
	From string `conf:"default:Garage sale <noreply@localhost>,help:who sends them"`
	Dir  string `conf:"help:folder to write mails to instead of sending them; for development"`
}

// Events is where what happens is told besides over HTTP.
type Events struct {
	NATS NATS
}

// NATS is the broker; without a URL there is none.
type NATS struct {
	URL   string `conf:"mask,help:nats://user:password@host:4222 or tls://…; none: no NATS"`
	Creds string `conf:"help:file of credentials for NATS (JWT and seed)"`
	CA    string `conf:"help:file of certificates that sign those of NATS; none: the system's"`

	Replicas int `conf:"default:1,help:of the stream when it is made; 3 in a cluster" min:"1" max:"5"`
}

// Auth is how accounts are known.
type Auth struct {
	Keys      string        `conf:"default:.data/keys,help:folder of signing keys named kid.pem"`
	Issuer    string        `conf:"default:garagesale,help:iss of the tokens"`
	Audience  string        `conf:"default:sales-api,help:aud of the tokens"`
	Verify    bool          `conf:"default:true,help:whether addresses must be shown to be real"`
	TokenLife time.Duration `conf:"default:15m,help:how long an access token is good" min:"1s" max:"720h"`

	SecondFactor string `conf:"help:who must have a second factor: ADMIN or ORGANISER or ADMIN,ORGANISER; nobody"`

	OIDC        []string `conf:"help:issuers of providers to log in with: google=https://accounts.google.com;…; none"`
	OIDCClients []string `conf:"help:the client id at each provider of OIDC: google=…;…"`
	OIDCSecrets []string `conf:"mask,help:the client secret at each provider of OIDC: google=…;…"`

	Origins []string `conf:"help:origins of the pages that have passkeys (https://…;…); the first's host is theirs; none"`

	SessionLife time.Duration `conf:"default:168h,help:how long a session lasts, refreshed or not" min:"1s" max:"87600h"`

	SessionIdle time.Duration `conf:"default:12h,help:how long an unused refresh token is good" min:"1s" max:"87600h"`

	KeySettle time.Duration `conf:"default:2m,help:how long a new key only verifies before it signs" min:"0s" max:"24h"`

	HashMemory     uint32 `conf:"default:19456,help:argon2id memory in KiB" min:"8" max:"4194304"`
	HashIterations uint32 `conf:"default:2,help:argon2id iterations" min:"1" max:"1000"`
	HashConcurrent int    `conf:"default:4,help:password hashings at once" min:"1" max:"1000"`

	HashQueue int `conf:"default:64,help:password hashings that wait; more are answered 503" min:"1" max:"1000000"`
}

// MustEnrol are the roles that SecondFactor names.
func (a Auth) MustEnrol() []string {
	return strings.FieldsFunc(a.SecondFactor, func(r rune) bool { return r == ',' || r == ' ' })
}

// Provider is an OpenID Connect provider with which accounts log in.
type Provider struct{ Issuer, ClientID, ClientSecret string }

var providerName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// Providers are those of OIDC, by the names that they have in addresses. Each needs an issuer, an id and a secret.
func (a Auth) Providers() (map[string]Provider, error) {
	all := map[string]Provider{}
	for i, list := range [][]string{a.OIDC, a.OIDCClients, a.OIDCSecrets} {
		setting := prefix + []string{"_AUTH_OIDC", "_AUTH_OIDC_CLIENTS", "_AUTH_OIDC_SECRETS"}[i]
		for n, item := range list {
			name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
			p, known := all[name]
			set := []*string{&p.Issuer, &p.ClientID, &p.ClientSecret}[i]
			switch {
			case !providerName.MatchString(name) || value == "": // it may be a secret, and is not repeated
				return nil, fmt.Errorf("%s: item %d is not like name=value, with a name of a-z, 0-9 and -", setting, n+1)
			case known != (i > 0) || *set != "":
				return nil, fmt.Errorf("%s: %s must stand in each of the three settings, once", setting, name)
			}
			*set = value
			all[name] = p
		}
		if len(list) != len(a.OIDC) {
			return nil, fmt.Errorf("%s: has %d providers, %s_AUTH_OIDC has %d", setting, len(list), prefix, len(a.OIDC))
		}
	}
	for name, p := range all {
		u, err := url.Parse(p.Issuer)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			return nil, fmt.Errorf("%s_AUTH_OIDC: the issuer of %s must begin with https://", prefix, name)
		}
	}
	return all, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Trace is where spans go.
type Trace struct {
	Protocol string  `conf:"help:grpc or http/protobuf; none: no export"`
	Endpoint string  `conf:"help:URL of the collector such as http://localhost:4317"`
	Ratio    float64 `conf:"default:0.05,help:part of the traces that is sampled from 0 to 1" min:"0" max:"1"`
}

// Log is what is logged.
type Log struct {
	Level slog.Level `conf:"default:INFO,help:DEBUG or INFO or WARN or ERROR"`
}

// Kube is where the pod runs, only to show it.
type Kube struct {
	Pod       string
	PodIP     string
	Node      string
	Namespace string
}

// Read reads the flags and the environment. Done is true when help or the version was asked for and printed.
func Read(build, desc string) (s Settings, done bool, err error) {
	s.Version = conf.Version{Build: build, Desc: desc}
	help, err := conf.Parse(prefix, &s)
	switch {
	case errors.Is(err, conf.ErrHelpWanted):
		_, err = fmt.Fprintln(os.Stdout, help)
		return s, true, err
	case err != nil:
		return s, false, fmt.Errorf("settings: %w (see --help)", err)
	}
	if err := s.check(); err != nil {
		return s, false, fmt.Errorf("settings: %w (see --help)", err)
	}
	return s, false, nil
}

// FromEnvironment reads the environment alone, for a program whose arguments are something else.
func FromEnvironment() (s Settings, err error) {
	args := os.Args
	defer func() { os.Args = args }()
	os.Args = args[:1] // conf would look there
	if _, err = conf.Parse(prefix, &s); err == nil {
		err = s.check()
	}
	if err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	return s, nil
}

// Attr is the settings for the log; secrets are masked.
func (s Settings) Attr() slog.Attr {
	text, err := conf.String(&s)
	if err != nil {
		return slog.String("settings", err.Error())
	}
	var attrs []any
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimLeft(strings.TrimSpace(line), "-"), "=")
		attrs = append(attrs, slog.String(name, value))
	}
	return slog.Group("settings", attrs...)
}

// check refuses settings with which a program would start and then not work.
func (s Settings) check() error {
	for name, list := range map[string][]string{"WEB_TRUSTED_PROXIES": s.Web.TrustedProxies,
		"WEBHOOKS_ALLOW": s.Webhooks.Allow} {
		for _, p := range list {
			if _, err := netip.ParsePrefix(p); err != nil {
				return fmt.Errorf("%s_%s: %q is no prefix like 10.0.0.0/8", prefix, name, p)
			}
		}
	}
	if makers := []string{"ADMIN", "ACCOUNTS"}; !slices.Contains(makers, s.Markets.Makers) {
		return fmt.Errorf("%s_MARKETS_MAKERS: %q must be one of %v", prefix, s.Markets.Makers, makers)
	}
	for _, r := range s.Auth.MustEnrol() {
		if known := []string{"ADMIN", "ORGANISER"}; !slices.Contains(known, r) {
			return fmt.Errorf("%s_AUTH_SECOND_FACTOR: %q must be some of %v", prefix, r, known)
		}
	}
	if _, err := s.Auth.Providers(); err != nil {
		return err
	}
	return inRange(s)
}
