package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/types/role"
)

// Call is one request on its way through a handler: the context, the domains to work with, who asks, and what a handler
// may ask and tell. Within a write D is over the transaction, and each attempt of the transaction has a Call of its
// own.
type Call[D any] struct {
	context.Context
	D     *D
	Actor request.Actor // who asks; the zero Actor is nobody
	api   *API[D]
	*ask
}

// ask is what Call's methods need to know and keep.
type ask struct {
	op      *Op
	info    *request.Info
	ifMatch string
	agent   string
	cookies []string // the header
	form    string   // the media type of a Read's answer

	matched bool       // the handler compared If-Match
	before  int64      // the version that it compared
	asked   bool       // the policy was asked about a resource
	allowed bool       // it allowed the route's own action to one
	where   *uuid.UUID // the market of that one
	member  memberAt
	after   []func()
	told    []outbox.News
}

// memberAt is what the actor is at a market: most calls are about one.
type memberAt struct {
	marketID uuid.UUID
	role     role.Member
}

// Policy decides who may do what.
type Policy interface {
	// Allows tells whether the actor may do the action: to this resource, or with nil at all.
	Allows(ctx context.Context, who request.Actor, action string, res *auth.Resource) (bool, error)
	// Depends tells whether its answer depends on the resource, for anybody.
	Depends(ctx context.Context, action string) (bool, error)
	// Fresh returns auth.ErrNotFresh when the actor has not given the password lately.
	Fresh(who request.Actor) error
	// Access is what it says before the resource is known, for the document.
	Access(action string) auth.Access
}

func (a *API[D]) call(r *http.Request, op *Op) Call[D] {
	ctx := r.Context()
	info := request.From(ctx)
	return Call[D]{ctx, &a.Domains, info.Actor, a, &ask{op: op, info: info, ifMatch: listOf(r, "If-Match"),
		agent: r.UserAgent(), cookies: r.Header["Cookie"]}}
}

// attempt is the call over a transaction, with nothing left of an attempt before.
func (c Call[D]) attempt(ctx context.Context, d *D) Call[D] {
	return Call[D]{ctx, d, c.Actor, c.api, &ask{op: c.op, info: c.info, ifMatch: c.ifMatch, agent: c.agent,
		cookies: c.cookies}}
}

// May tells whether the actor may do the action to the resource. To be a member of its market only adds rights, so that
// is looked up for those alone who may not do it without.
func (c Call[D]) May(action string, res auth.Resource) (bool, error) {
	c.asked = true
	ok, err := c.api.Policy.Allows(c.Context, c.Actor, action, &res)
	if ok || err != nil || c.Actor.ID == uuid.Nil || res.MarketID == uuid.Nil || res.MemberKnown {
		return ok, err
	}
	if c.member.marketID != res.MarketID {
		is, err := c.api.Member(c.Context, c.D, c.Actor.ID, res.MarketID)
		if err != nil {
			return false, err
		}
		c.member = memberAt{res.MarketID, is}
	}
	if res.Member = c.member.role; res.Member == "" {
		return false, nil
	}
	return c.api.Policy.Allows(c.Context, c.Actor, action, &res)
}

// Allow refuses what the actor may not do. A handler asks once it has loaded the resource, in the transaction that
// writes it. What the actor may not even read does not exist for it: that is notFound; else the error is
// auth.ErrForbidden.
func (c Call[D]) Allow(action string, res auth.Resource, notFound error) error {
	kind, _, _ := strings.Cut(action, ".")
	return c.allow(action, Target{Kind: kind, Resource: res, NotFound: notFound})
}

func (c Call[D]) allow(action string, at Target) error {
	ok, err := c.May(action, at.Resource)
	switch {
	case err != nil:
		return err
	case ok:
		if action == c.op.Action {
			c.allowed = true
			if id := at.Resource.MarketID; id != uuid.Nil {
				c.where = &id
			}
		}
		return nil
	}
	visible, err := c.May(at.Kind+".read", at.Resource)
	switch {
	case err != nil:
		return err
	case !visible:
		return at.NotFound
	}
	return c.forbidden()
}

// forbidden is what somebody gets who may see it, but not do it.
func (c Call[D]) forbidden() error {
	if c.Actor.Key != nil {
		return auth.ErrKey
	}
	return auth.ErrForbidden
}

// Fresh refuses who has not given the password lately, for what is sensitive; see Op.Fresh.
func (c Call[D]) Fresh() error { return c.api.Policy.Fresh(c.Actor) }

// again refuses the repeat of a request whose sender may not do such a thing there any more. What it owns, and the
// state of things, is not looked at again.
func (c Call[D]) again(where *uuid.UUID) error {
	res := auth.Resource{OwnerID: &c.Actor.ID}
	if where != nil {
		res.MarketID = *where
	}
	ok, err := c.May(c.op.Action, res)
	if err == nil && !ok {
		err = c.forbidden()
	}
	return err
}

// Match compares the request's If-Match with a resource that the transaction holds; a stale version is an error. Every
// PATCH and DELETE calls it, or Lock, which does, after it has loaded and authorized the resource.
func (c Call[D]) Match(id uuid.UUID, version int64) error {
	c.matched, c.before = true, version
	if c.ifMatch == "" {
		return nil
	}
	tags, star := parseTags(c.ifMatch)
	if star || slices.Contains(tags, entityTag(id, version)) { // strong comparison: a weak tag matches nothing
		return nil
	}
	return errStale
}

// OnCommit has f run once the transaction is committed; what an attempt that was rolled back left is not.
func (c Call[D]) OnCommit(f func()) { c.after = append(c.after, f) }

// LoggedIn tells log and audit who it was, where no token told it.
func (c Call[D]) LoggedIn(who request.Actor) { c.info.Actor = who }

// About tells the audit what the request is about, where neither its path nor its answer does.
func (c Call[D]) About(kind string, id uuid.UUID) {
	c.info.Subject = request.Subject{Kind: kind, ID: id}
}

// Unseen has the audit keep no address of the client.
func (c Call[D]) Unseen() { c.info.Unseen = true }

// Attempt tells the client how much the limits on attempts leave to it, and hands on what was said of this one.
func (c Call[D]) Attempt(a attempts.Attempt, err error) (attempts.Attempt, error) {
	c.info.Quotas = append(c.info.Quotas, a.Quotas...)
	return a, err
}

// Form is the media type, of those that the operation produces, in which the answer will be.
func (c Call[D]) Form() string { return c.form }

// RemoteAddr is the client's address, past the proxies that are trusted.
func (c Call[D]) RemoteAddr() netip.Addr { return c.info.RemoteAddr }

// UserAgent is what the client calls itself, however long and in whatever characters.
func (c Call[D]) UserAgent() string { return c.agent }

// Cookie is the value of the client's cookie of that name, "" if it has none or several.
func (c Call[D]) Cookie(name string) string {
	r := http.Request{Header: http.Header{"Cookie": c.cookies}}
	if found := r.CookiesNamed(name); len(found) == 1 {
		return found[0].Value
	}
	return ""
}

// Target is what a handler loaded, as far as Get and Lock must know it.
type Target struct {
	ID       uuid.UUID
	Version  int64
	Resource auth.Resource // what the policy may know of it
	NotFound error         // for those who may not see it
	Kind     string        // who may do kind.read sees it; "": the kind of the action
}

// Get loads something and asks whether the actor may do the operation's action to it.
func Get[D, T any](c Call[D], load func(context.Context, uuid.UUID) (T, error), id uuid.UUID,
	about func(T) Target) (T, error) {
	res, err := load(c.Context, id) // c as a context would be copied to the heap
	if err != nil {
		return res, err
	}
	at := about(res)
	if at.Kind == "" {
		at.Kind, _, _ = strings.Cut(c.op.Action, ".")
	}
	return res, c.allow(c.op.Action, at)
}

// At loads a market and asks whether the actor may do the operation's action there. Those who may not see the market
// get notFound.
func At[D any, M interface {
	Scope() (id uuid.UUID, status string)
}](c Call[D], load func(context.Context, uuid.UUID) (M, error), id uuid.UUID, notFound error) (M, error) {
	return Get(c, load, id, func(m M) Target {
		marketID, status := m.Scope()
		return Target{Kind: "market", NotFound: notFound, Resource: auth.Resource{MarketID: marketID, MarketStatus: status}}
	})
}

// Lock is Get for what is to be written, with a load that holds it until the transaction ends, and compares If-Match.
func Lock[D, T any](c Call[D], load func(context.Context, uuid.UUID) (T, error), id uuid.UUID,
	about func(T) Target) (T, error) {
	res, err := Get(c, load, id, about)
	if err != nil {
		return res, err
	}
	return res, c.Match(id, about(res).Version)
}

// unchanged tells whether a PATCH or PUT left the resource as it was, which is no news for the audit.
func (c Call[D]) unchanged(out any) bool {
	res, ok := out.(Resource)
	if !ok || !c.matched || c.op.Method != http.MethodPatch && c.op.Method != http.MethodPut {
		return false
	}
	_, version := res.Entity()
	return version == c.before
}

// finish refuses to commit a change whose handler forgot the client's If-Match, or never asked the policy about the
// resource that the action depends on, and to show what it never asked about; a list may have asked how far it goes.
// That is a mistake in the program, which must not become a hole.
func (c Call[D]) finish() error {
	if c.ifMatch != "" && !c.matched && (c.op.Method == http.MethodPatch || c.op.Method == http.MethodDelete) {
		return fmt.Errorf("%s %s does not call Match", c.op.Method, c.op.Path)
	}
	if c.allowed || c.asked && c.op.Method == http.MethodGet {
		return nil
	}
	depends, err := c.api.Policy.Depends(c, c.op.Action)
	if err != nil {
		return err
	}
	if depends {
		return fmt.Errorf("%s %s does not ask Allow, though the policy makes %s depend on the resource",
			c.op.Method, c.op.Path, c.op.Action)
	}
	return nil
}
