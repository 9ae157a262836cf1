package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ardanlabs/conf/v3"
)

// config is every setting, with a default that runs wherever there can be one.
type config struct {
	conf.Version
	Web struct {
		APIHost         string        `conf:"default:127.0.0.1:3000,help:address of the API"`
		DebugHost       string        `conf:"default:127.0.0.1:3010,help:address of pprof and metrics; never make it public"`
		ProbeHost       string        `conf:"help:address that answers nothing but the probes; connections to the API cannot keep them out (none by default: they are on the API too)"`
		RequestTimeout  time.Duration `conf:"default:10s,help:how long a request may take"`
		MaxConns        int           `conf:"default:4096,help:connections at once"`
		MaxInFlight     int           `conf:"default:256,help:requests at once beyond which new ones are refused with 503; probes are let in"`
		ShutdownDelay   time.Duration `conf:"default:0s,help:how long to serve on after readiness turned 503"`
		ShutdownTimeout time.Duration `conf:"default:20s,help:how long requests in flight may take to finish"`
		CORSOrigins     []string      `conf:"help:origins whose pages may use the API (semicolon between them); none by default"`
		TrustedProxies  []string      `conf:"help:prefixes such as 10.0.0.0/8 (semicolon between them) whose X-Forwarded-For is believed; none by default"`
		HSTS            time.Duration `conf:"default:0s,help:max-age of Strict-Transport-Security such as 8760h; 0s leaves it to the ingress"`
		ReadHeader      time.Duration `conf:"default:5s,help:how long a client may take to send the headers"`
		Read            time.Duration `conf:"default:30s,help:how long a client may take to send the whole request"`
		Write           time.Duration `conf:"default:60s,help:how long a client may take to receive the answer"`
		Idle            time.Duration `conf:"default:120s,help:how long a connection may wait for its next request"`
		MaxHeaderBytes  int           `conf:"default:131072,help:size of a request's headers"`
	}
	Limit struct {
		AccountFailures int     `conf:"default:10,help:failed logins of an account a minute; shared by all replicas"`
		AddressFailures int     `conf:"default:60,help:failed logins of a client address a minute; shared by all replicas"`
		AccountRate     float64 `conf:"default:1000,help:requests of an account a second at one replica; 0 for no limit"`
		AccountBurst    int     `conf:"default:2000,help:requests of an account at once"`
	}
	DB struct {
		URL      string `conf:"mask,help:postgres://user:password@host:5432/name"`
		MaxConns int    `conf:"default:16,help:connections to the database"`
	}
	Auth struct {
		Keys           string        `conf:"default:.data/keys,help:folder of signing keys named kid.pem"`
		Issuer         string        `conf:"default:garagesale,help:iss of the tokens"`
		Audience       string        `conf:"default:sales-api,help:aud of the tokens"`
		TokenLife      time.Duration `conf:"default:15m,help:how long an access token is good"`
		SessionLife    time.Duration `conf:"default:168h,help:how long a session lasts however often it is refreshed"`
		SessionIdle    time.Duration `conf:"default:12h,help:how long a refresh token is good when it is not used"`
		KeySettle      time.Duration `conf:"default:2m,help:how long a new key only verifies before it signs so that every replica has it by then"`
		HashMemory     uint32        `conf:"default:19456,help:argon2id memory in KiB"`
		HashIterations uint32        `conf:"default:2,help:argon2id iterations"`
		HashConcurrent int           `conf:"default:4,help:password hashings at once"`
		HashQueue      int           `conf:"default:64,help:password hashings that wait for their turn; more are answered 503"`
	}
	Trace struct {
		Protocol string  `conf:"help:grpc or http/protobuf; none: no export"`
		Endpoint string  `conf:"help:URL of the collector such as http://localhost:4317"`
		Ratio    float64 `conf:"default:0.05,help:part of the traces that is sampled from 0 to 1"`
	}
	Log struct {
		Level slog.Level `conf:"default:INFO,help:DEBUG or INFO or WARN or ERROR"`
	}
	Kube struct {
		Pod       string
		PodIP     string
		Node      string
		Namespace string
	}
}

// log is the settings for the log; secrets are masked.
func (cfg config) log() slog.Attr {
	text, err := conf.String(&cfg)
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

// readConfig reads the flags and the environment. Done is true when help or the version was asked for and printed.
func readConfig() (cfg config, done bool, err error) {
	cfg.Version = conf.Version{Build: build, Desc: "The sales API of multi-family garage sales."}
	help, err := conf.Parse("SALES", &cfg)
	switch {
	case errors.Is(err, conf.ErrHelpWanted):
		_, err = fmt.Fprintln(os.Stdout, help)
		return cfg, true, err
	case err != nil:
		return cfg, false, fmt.Errorf("settings: %w (see --help)", err)
	case len(badPrefixes(cfg.Web.TrustedProxies)) > 0:
		return cfg, false, fmt.Errorf("settings: SALES_WEB_TRUSTED_PROXIES: %v are no prefixes like 10.0.0.0/8 (see --help)",
			badPrefixes(cfg.Web.TrustedProxies))
	case cfg.DB.URL == "":
		return cfg, false, errors.New("settings: SALES_DB_URL is not set; `make run` starts a database of its own (see " +
			"--help)")
	}
	for _, setting := range []struct {
		name string
		ok   bool
	}{
		{"SALES_WEB_REQUEST_TIMEOUT", cfg.Web.RequestTimeout > 0},
		{"SALES_DB_MAX_CONNS", cfg.DB.MaxConns > 0 && cfg.DB.MaxConns <= 10_000},
		{"SALES_AUTH_TOKEN_LIFE", cfg.Auth.TokenLife > 0},
		{"SALES_AUTH_HASH_MEMORY", cfg.Auth.HashMemory >= 8},
		{"SALES_AUTH_HASH_ITERATIONS", cfg.Auth.HashIterations > 0},
	} {
		if !setting.ok { // the service would start, and then not work
			return cfg, false, fmt.Errorf("settings: %s is out of range (see --help)", setting.name)
		}
	}
	return cfg, false, nil
}

func badPrefixes(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool {
		_, err := netip.ParsePrefix(s)
		return err == nil
	})
}
