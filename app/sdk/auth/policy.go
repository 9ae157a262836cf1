package auth

import (
	"context"
	_ "embed"
	"fmt"
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

// Resource is what the policy may know of a thing. The zero Resource belongs to nobody.
type Resource struct {
	OwnerID      *uuid.UUID
	MarketStatus string
}

// Policy decides who may do what. It is compiled once; a decision is a pure function of what question holds, so each is
// made once too.
type Policy struct {
	query     rego.PreparedEvalQuery
	decisions sync.Map // question → bool; bounded, because its fields take few values
}

type question struct {
	action   string
	roles    [3]bool
	account  bool
	resource bool
	own      bool
	status   string
}

// NewPolicy compiles the policy.
func NewPolicy(ctx context.Context) (*Policy, error) {
	q, err := rego.New(rego.Query("data.sales.authz.allow"), rego.Module("policy.rego", policySource),
		rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return &Policy{query: q}, nil
}

// Allows tells whether the actor may do the action: to this resource, or with nil at all.
func (p *Policy) Allows(ctx context.Context, who request.Actor, action string, res *Resource) (bool, error) {
	ctx, span := otel.Span(ctx, "authorize")
	defer span.End()
	q := question{action: action, account: who.ID != uuid.Nil}
	for i, r := range role.All {
		q.roles[i] = who.Roles.Has(r)
	}
	if res != nil {
		q.resource, q.status = true, res.MarketStatus
		q.own = q.account && res.OwnerID != nil && *res.OwnerID == who.ID
	}
	if known, ok := p.decisions.Load(q); ok {
		note(span, q, known.(bool), true)
		return known.(bool), nil
	}
	rs, err := p.query.Eval(ctx, rego.EvalInput(input(who, action, res)))
	if err != nil {
		return false, fmt.Errorf("policy: %w", err)
	}
	allowed := rs.Allowed()
	p.decisions.Store(q, allowed)
	note(span, q, allowed, false)
	return allowed, nil
}

// note tells the span what was asked and decided; cached decisions are not evaluated again.
func note(span trace.Span, q question, allowed, cached bool) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("garagesale.policy.action", q.action),
			attribute.Bool("garagesale.policy.on_resource", q.resource),
			attribute.Bool("garagesale.policy.allowed", allowed), attribute.Bool("garagesale.policy.cached", cached))
	}
}

func input(who request.Actor, action string, res *Resource) map[string]any {
	roles := make([]any, len(who.Roles))
	for i, r := range who.Roles {
		roles[i] = string(r)
	}
	subject := map[string]any{"id": nil, "roles": roles}
	if who.ID != uuid.Nil {
		subject["id"] = who.ID.String()
	}
	in := map[string]any{"subject": subject, "action": action, "resource": nil}
	if res != nil {
		owner := any(nil)
		if res.OwnerID != nil {
			owner = res.OwnerID.String()
		}
		in["resource"] = map[string]any{"ownerID": owner, "marketStatus": res.MarketStatus}
	}
	return in
}
