package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/garagesale/service/api/sdk/settings"
	"github.com/garagesale/service/app/domain/checkapp"
	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/mid"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/factorbus"
	"github.com/garagesale/service/business/domain/memberbus"
	"github.com/garagesale/service/business/domain/passkeybus"
	"github.com/garagesale/service/business/domain/sessionbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/domain/webhookbus"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/broker"
	"github.com/garagesale/service/business/sdk/migrate"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/sdk/passhash"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/sdk/work"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/keystore"
	"github.com/garagesale/service/foundation/logger"
	"github.com/garagesale/service/foundation/mail"
	"github.com/garagesale/service/foundation/openid"
	"github.com/garagesale/service/foundation/otel"
	"github.com/garagesale/service/foundation/webhook"
)

// wire puts the service together: keys and database below, HTTP on top, and beside it what does jobs.
func wire(ctx context.Context, cfg settings.Settings, log *slog.Logger, tracing *otel.Provider, db, probeDB sqldb.DB) (
	svc *mux.Service, jobs func(context.Context), err error) {
	if restricted, err := migrate.Restricted(ctx, db); err == nil && !restricted {
		log.WarnContext(ctx, "the database user may change the audit; let the service log in as a member of the role "+
			"(zarf/docs/security.md)", "role", migrate.Role)
	}
	hasher, err := passhash.New(passhash.Config{
		Memory: cfg.Auth.HashMemory, Iterations: cfg.Auth.HashIterations, Concurrent: cfg.Auth.HashConcurrent,
		Queue: cfg.Auth.HashQueue,
	})
	if err != nil {
		return nil, nil, err
	}
	party, err := passkeybus.NewParty(cfg.Auth.Origins)
	if err != nil {
		return nil, nil, fmt.Errorf("settings SALES_AUTH_ORIGINS: %w", err)
	}
	bus := business.New(db, business.Config{
		Hasher: hasher, Now: clock.Now, Passkeys: party,
		Users:    userbus.Config{Verify: cfg.Auth.Verify, Link: strings.TrimRight(cfg.Web.PublicURL, "/")},
		Members:  memberbus.Config{Link: strings.TrimRight(cfg.Web.PublicURL, "/")},
		Sessions: sessionbus.Config{Life: cfg.Auth.SessionLife, Idle: cfg.Auth.SessionIdle, Access: cfg.Auth.TokenLife},
		Factors: factorbus.Config{Organisers: slices.Contains(cfg.Auth.MustEnrol(), string(role.Organiser)),
			Admins: slices.Contains(cfg.Auth.MustEnrol(), string(role.Admin))},
		Attempts: attempts.Config{PerAccount: cfg.Limit.AccountFailures, PerAddress: cfg.Limit.AddressFailures,
			PerHour: cfg.Limit.AccountMails},
		Quotas: quota.Config(cfg.Quota),
		Webhooks: webhookbus.Config{Allow: cfg.Webhooks.Prefixes(),
			Link: strings.TrimRight(cfg.Web.PublicURL, "/") + "/v1/webhooks/"},
	})
	bus.Webhooks.Publish()
	keys, err := keystore.Open(cfg.Auth.Keys)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (make one with `sales-admin genkey`)", err)
	}
	keys.Settle = cfg.Auth.KeySettle
	providers, err := openID(cfg)
	if err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname() // only to show it
	svc, err = mux.NewService(ctx, mux.Config{
		Log: log, Tracing: tracing, Business: bus, Makers: auth.Makers(cfg.Markets.Makers),
		OpenID: providers,
		Info: checkapp.Info{Build: build, Host: host, Pod: cfg.Kube.Pod, PodIP: cfg.Kube.PodIP, Node: cfg.Kube.Node,
			Namespace: cfg.Kube.Namespace},
		Check:   func(ctx context.Context) error { return migrate.Check(ctx, probeDB) },
		Proxies: cfg.Web.TrustedProxies, HSTS: cfg.Web.HSTS, Origins: cfg.Web.CORSOrigins, Timeout: cfg.Web.RequestTimeout,
		InFlight: cfg.Web.MaxInFlight, Streams: cfg.Web.MaxStreams, Each: cfg.Web.MaxEach, Dear: cfg.Limit.Dear,
		Account: mid.Limit{PerSecond: cfg.Limit.AccountRate, Burst: cfg.Limit.AccountBurst},
		Address: mid.Limit{PerSecond: cfg.Limit.AddressRate, Burst: cfg.Limit.AddressBurst},
		Writes:  mid.Limit{PerSecond: cfg.Limit.WriteRate, Burst: cfg.Limit.WriteBurst},
		Body:    mid.Body{Rate: cfg.Web.BodyRate, Within: cfg.Web.Read, Held: cfg.Web.BodyMemory},
	}, mux.Login{
		Keys: keys, Now: clock.Now, Listen: bus.Listen,
		Tokens: auth.TokenConfig{Issuer: cfg.Auth.Issuer, Audience: cfg.Auth.Audience, Life: cfg.Auth.TokenLife},
	})
	if err != nil {
		return nil, nil, err
	}
	if cfg.Events.NATS.URL != "" {
		nats, err := broker.Open(broker.Config(cfg.Events.NATS))
		if err != nil {
			return nil, nil, err
		}
		svc.Beside = append(svc.Beside, func(ctx context.Context) {
			defer nats.Close()
			outbox.NewForwarder(db, clock.Now, nats, log).Run(ctx)
		})
	}
	svc.Beside = append(svc.Beside, func(ctx context.Context) { keys.Watch(ctx, 2*time.Second, log) })
	kinds := work.NewKinds()
	sender, err := mailer(ctx, cfg.Mail, log)
	if err != nil {
		return nil, nil, err
	}
	bus.Jobs(kinds, webhook.New(webhook.Config{Allow: cfg.Webhooks.Prefixes()}).Send, sender)
	return svc, func(ctx context.Context) {
		if cfg.Work.Workers == 0 {
			return
		}
		if err := work.Run(ctx, db, kinds, work.Config{Workers: cfg.Work.Workers,
			Queues: map[string]int{webhookbus.Queue: cfg.Webhooks.Workers}, Log: log, Tracing: tracing}); err != nil {
			log.ErrorContext(ctx, "no jobs are done here", logger.Error(err))
		}
	}, nil
}

// openID is the providers with which accounts log in.
func openID(cfg settings.Settings) (openid.Providers, error) {
	set, err := cfg.Auth.Providers()
	if err != nil {
		return nil, err
	}
	all := openid.Providers{}
	for name, p := range set {
		all[name] = openid.New(openid.Config{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret,
			Redirect: strings.TrimRight(cfg.Web.PublicURL, "/") + "/v1/auth/oidc/" + name + "/callback", Now: clock.Now})
	}
	return all, nil
}

// mailer is what sends mails; nil: nothing does.
func mailer(ctx context.Context, cfg settings.Mail, log *slog.Logger) (send mail.Sender, err error) {
	switch {
	case cfg.Dir != "":
		send, err = mail.Folder(cfg.Dir, cfg.From, log)
	case cfg.URL != "":
		send, err = mail.SMTP(cfg.URL, cfg.From)
	default:
		log.InfoContext(ctx, "no mails are sent, so nobody verifies an address or resets a password: "+
			"neither SALES_MAIL_URL nor SALES_MAIL_DIR is set")
	}
	if err != nil {
		return nil, fmt.Errorf("settings SALES_MAIL_…: %w", err)
	}
	return send, nil
}
