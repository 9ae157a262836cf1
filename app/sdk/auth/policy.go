package auth

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/open-policy-agent/opa/v1/rego"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
	"github.com/garagesale/service/foundation/otel"
)

//go:embed policy.rego
var policySource string

// Resource is what the policy may know of a thing; the zero Resource belongs to nobody. Its members are those of
// input.resource, so a new fact is a field here, a value or two in samples, and the rules about it.
type Resource struct {
	OwnerID      *uuid.UUID  `json:"ownerID"`  // nil: nobody's
	MarketID     uuid.UUID   `json:"marketID"` // where it is; Nil: at no market
	MarketStatus string      `json:"marketStatus"`
	Member       role.Member `json:"member"` // what the actor is at the market: rest.Call finds it, where it matters
	MemberKnown  bool        `json:"-"`      // Member is known already
}

// Makers are those who may make markets.
type Makers string

// The makers of markets.
const (
	Admins   Makers = "ADMIN"
	Accounts Makers = "ACCOUNTS" // everyone with an account
)

// samples are resources in which every fact takes the values that the rules tell apart.
func samples() (list []Resource) {
	for _, owner := range []*uuid.UUID{nil, &somebody, &somebodyElse} {
		for _, status := range []string{"", "DRAFT", "OPEN", "CLOSED"} {
			for _, member := range append([]role.Member{""}, role.Members...) {
				list = append(list, Resource{OwnerID: owner, MarketStatus: status, Member: member})
			}
		}
	}
	return list
}

// Policy decides who may do what. It is compiled once; a decision is a pure function of its question, so each question
// is asked once too.
type Policy struct {
	makers    Makers
	forKeys   []string
	query     rego.PreparedEvalQuery
	decisions sync.Map // question → bool; bounded, because its fields take few values
	depends   sync.Map // action → bool
}

// question is all that the policy is asked, in a form that is the same, and can be compared, for everyone who asks the
// same: who asks is nobody or somebody, and what it is about belongs to somebody, somebody else or nobody.
type question struct {
	action   string
	subject  *uuid.UUID // nil: nobody
	roles    roles
	enrol    bool // it must set up a second factor first
	key      key
	about    bool // the resource; else whether this may be done at all
	resource Resource
}

// key is the API key that is asked with: whether it lists the action, and whether it is limited to a market. That is
// somebody, and another one somebodyElse; without such a limit all markets are Nil.
type key struct{ used, lists, limited bool }

var (
	somebody     = uuid.UUID{15: 1}
	somebodyElse = uuid.Max
)

// NewPolicy compiles the policy.
func NewPolicy(ctx context.Context, makers Makers) (*Policy, error) {
	q, err := rego.New(rego.Query("data.sales.authz.decision"), rego.Module("policy.rego", policySource),
		rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	p := &Policy{makers: makers, query: q}
	rs, err := rego.New(rego.Query("data.sales.authz.for_keys"), rego.Module("policy.rego", policySource)).Eval(ctx)
	if err != nil {
		return nil, fmt.Errorf("policy: for_keys: %w", err)
	}
	for _, action := range rs[0].Expressions[0].Value.([]any) { // in their order, as sets have
		p.forKeys = append(p.forKeys, action.(string))
	}
	return p, nil
}

// ForKeys are the actions that an API key can be for, in alphabetical order.
func (p *Policy) ForKeys() []string { return p.forKeys }

func newQuestion(who request.Actor, action string, res *Resource) question {
	q := question{action: action, roles: rolesOf(who.Roles), enrol: who.Enrol}
	if who.ID != uuid.Nil {
		q.subject = &somebody
	}
	if res != nil {
		q.about, q.resource = true, *res
		q.resource.MarketID, q.resource.MemberKnown = uuid.Nil, false
		if res.OwnerID != nil {
			q.resource.OwnerID = &somebodyElse
			if q.subject != nil && *res.OwnerID == who.ID {
				q.resource.OwnerID = &somebody
			}
		}
	}
	if k := who.Key; k != nil {
		q.key = key{used: true, lists: slices.Contains(k.Actions, action), limited: k.MarketID != nil}
		if res != nil && k.MarketID != nil {
			q.resource.MarketID = somebodyElse
			if res.MarketID == *k.MarketID {
				q.resource.MarketID = somebody
			}
		}
	}
	return q
}

// Allows tells whether the actor may do the action: to this resource, or with nil at all.
func (p *Policy) Allows(ctx context.Context, who request.Actor, action string, res *Resource) (bool, error) {
	ctx, span := otel.Span(ctx, "authorize")
	defer span.End()
	q := newQuestion(who, action, res)
	allowed, cached := p.decisions.Load(q)
	if !cached {
		ok, err := p.ask(ctx, q)
		if err != nil {
			return false, err
		}
		p.decisions.Store(q, ok)
		allowed = ok
	}
	note(span, q, allowed.(bool), cached)
	return allowed.(bool), nil
}

func (p *Policy) ask(ctx context.Context, q question) (bool, error) {
	in, err := q.input(p.makers)
	if err != nil {
		return false, fmt.Errorf("policy: %w", err)
	}
	rs, err := p.query.Eval(ctx, rego.EvalInput(in))
	if err != nil {
		return false, fmt.Errorf("policy: %w", err)
	}
	return rs.Allowed(), nil
}

// Depends tells whether the policy answers differently about different resources, whoever asks: then whoever does the
// action must have asked about the one that it is done to.
func (p *Policy) Depends(ctx context.Context, action string) (bool, error) {
	if known, ok := p.depends.Load(action); ok {
		return known.(bool), nil
	}
	depends, err := p.findOut(ctx, action)
	if err == nil {
		p.depends.Store(action, depends)
	}
	return depends, err
}

// findOut asks for nobody and for an account with each role alone: no rule wants two.
func (p *Policy) findOut(ctx context.Context, action string) (bool, error) {
	askers := []question{{action: action}, {action: action, subject: &somebody}}
	for _, r := range role.All {
		askers = append(askers, question{action: action, subject: &somebody, roles: rolesOf(role.NewSet(r))})
	}
	for _, q := range askers {
		atAll, err := p.ask(ctx, q)
		if err != nil {
			return false, err
		}
		q.about = true
		for _, q.resource = range samples() {
			if ok, err := p.ask(ctx, q); err != nil || ok != atAll {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// input is the question as the policy reads it. It is made through JSON, so that it has every fact of a Resource.
func (q question) input(makers Makers) (any, error) {
	in := struct {
		Subject struct {
			ID    *uuid.UUID  `json:"id"`
			Roles []role.Role `json:"roles"`
			Enrol bool        `json:"enrol"`
			Key   *keyInput   `json:"key"`
		} `json:"subject"`
		Action   string    `json:"action"`
		Resource *Resource `json:"resource"`
		Makers   Makers    `json:"makers"`
	}{Action: q.action, Makers: makers}
	in.Subject.ID, in.Subject.Roles, in.Subject.Enrol = q.subject, q.roles.list(), q.enrol
	in.Subject.Key = q.key.input(q.action)
	if q.about {
		in.Resource = &q.resource
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var tree any
	err = json.Unmarshal(raw, &tree)
	return tree, err
}

type keyInput struct {
	Actions  []string   `json:"actions"`
	MarketID *uuid.UUID `json:"marketID"`
}

// input is the key as the policy reads it: of its actions the one that is asked about.
func (k key) input(action string) *keyInput {
	if !k.used {
		return nil
	}
	in := &keyInput{Actions: []string{}}
	if k.lists {
		in.Actions = append(in.Actions, action)
	}
	if k.limited {
		in.MarketID = &somebody
	}
	return in
}

// roles is a set of roles that can be compared: a bit for each of role.All.
type roles uint64

func rolesOf(set role.Set) (bits roles) {
	for i, r := range role.All {
		if set.Has(r) {
			bits |= 1 << i
		}
	}
	return bits
}

func (bits roles) list() []role.Role {
	list := []role.Role{}
	for i, r := range role.All {
		if bits&(1<<i) != 0 {
			list = append(list, r)
		}
	}
	return list
}

// note tells the span what was asked and decided; cached decisions are not evaluated again.
func note(span trace.Span, q question, allowed, cached bool) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("garagesale.policy.action", q.action),
			attribute.Bool("garagesale.policy.on_resource", q.about),
			attribute.Bool("garagesale.policy.allowed", allowed), attribute.Bool("garagesale.policy.cached", cached))
	}
}
