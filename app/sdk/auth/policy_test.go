package auth_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/types/role"
)

// TestRego runs policy_test.rego as `opa test` does.
func TestRego(t *testing.T) {
	t.Parallel()
	passed, failed := runRego(t, nil)
	for _, name := range failed {
		t.Error(name)
	}
	if passed < 10 {
		t.Errorf("%d tests passed: were they found?", passed)
	}
}

// TestRegoNotices is the negative control: with a rule taken out or added the policy's tests fail.
func TestRegoNotices(t *testing.T) {
	t.Parallel()
	for _, change := range [][2]string{
		{"default allow := false", "default allow := true"},
		{"input.resource.ownerID == input.subject.id", "input.resource.ownerID != null"},
		{"\tinput.action == \"market.join\"\n\tnot closed", "\tinput.action == \"market.join\""},
		{"\tinput.action in for_sale\n\tnot draft", "\tinput.action in for_sale"},
		{"allow if admin", "allow if cashier"},
		{"organiser if {\n\taccount\n\tinput.resource.member == \"ORGANISER\"", "organiser if {\n\taccount"},
		{"till if {\n\taccount\n\tinput.resource.member == \"CASHIER\"", "till if {\n\taccount"},
		{"\tinput.action != \"market.create\"\n", ""},
		{"\tsplit(input.action, \".\")[0] in at_market\n", ""},
		{"\ttill\n\towner\n\tinput.action in {\"member.read\"", "\towner\n\tinput.action in {\"member.read\""},
		{"\tnot barred\n", ""}, {"\tallow\n\tnot barred", "\tnot barred"}, {"\tnot enrolling\n", ""},
		{"enrolling if {\n\towner\n", "enrolling if {\n"},
		{"\tnot input.action in public\n\tnot enrolling", "\tnot enrolling"},
		{"\tnot beyond\n", ""}, {"\tinput.action in input.subject.key.actions\n", ""},
		{"\tinput.action in for_keys\n", ""}, {"\tthere\n", ""}, {"\tnot everybody\n", ""},
		{"\tinput.action != \"market.create\"\n}\n\nthere", "}\n\nthere"},
		{"there if input.resource.marketID == input.subject.key.marketID", "there if input.resource.marketID != null"},
		{"there if input.subject.key.marketID == null", "there if false"},
		{"input.makers == \"ACCOUNTS\"", "input.makers != \"\""},
	} {
		if _, failed := runRego(t, func(policy string) string {
			if !strings.Contains(policy, change[0]) {
				t.Fatalf("the policy has no %q", change[0])
			}
			return strings.Replace(policy, change[0], change[1], 1)
		}); len(failed) == 0 {
			t.Errorf("with %q instead of %q no test fails", change[1], change[0])
		}
	}
}

func runRego(t *testing.T, change func(string) string) (passed int, failed []string) {
	t.Helper()
	modules := map[string]*ast.Module{}
	for _, name := range []string{"policy.rego", "policy_test.rego"} {
		b, err := os.ReadFile(name)
		check(t, err)
		text := string(b)
		if change != nil && name == "policy.rego" {
			text = change(text)
		}
		modules[name], err = ast.ParseModule(name, text)
		check(t, err)
	}
	results, err := tester.NewRunner().SetModules(modules).RunTests(t.Context(), nil)
	check(t, err)
	for r := range results {
		if r.Pass() {
			passed++
			continue
		}
		failed = append(failed, r.String())
	}
	return passed, failed
}

// TestDecisions: what Go asks is what the policy is asked, with and without the decisions it keeps.
func TestDecisions(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPolicy(t.Context(), auth.Admins)
	check(t, err)
	ann, bob := uuid.New(), uuid.New()
	nobody := request.Actor{}
	user := func(id uuid.UUID, roles ...role.Role) request.Actor {
		return request.Actor{ID: id, Roles: role.NewSet(roles...)}
	}
	key := func(who request.Actor, market *uuid.UUID, actions ...string) request.Actor {
		who.Key = &request.Key{MarketID: market, Actions: actions}
		return who
	}
	here, there := uuid.New(), uuid.New()
	for range 2 {
		for _, tt := range []struct {
			who    request.Actor
			action string
			res    *auth.Resource
			want   bool
		}{
			{nobody, "nonsense", nil, false},
			{nobody, "", &auth.Resource{}, false},
			{user(ann), "nonsense", &auth.Resource{OwnerID: &ann}, false},
			{user(ann, role.User, role.Cashier), "nonsense", nil, false},
			{user(ann, role.Admin), "nonsense", nil, true},
			{nobody, "market.read", nil, true},
			{nobody, "market.read", &auth.Resource{MarketStatus: "DRAFT"}, false},
			{user(ann), "market.read", &auth.Resource{MarketStatus: "DRAFT"}, true},
			{user(ann, role.Cashier), "sale.create", nil, true},
			{user(ann, role.User), "sale.create", nil, true},
			{user(ann, role.User), "sale.create", &auth.Resource{MarketID: bob}, false},
			{user(ann), "sale.create", &auth.Resource{MarketID: bob, Member: role.MemberCashier}, true},
			{user(ann), "ledger.read", &auth.Resource{Member: role.MemberCashier}, false},
			{user(ann), "ledger.read", &auth.Resource{Member: role.Organiser}, true},
			{user(ann), "market.create", &auth.Resource{Member: role.Organiser}, false},
			{user(ann), "product.update", &auth.Resource{OwnerID: &ann, MarketStatus: "OPEN"}, true},
			{user(bob), "product.update", &auth.Resource{OwnerID: &ann, MarketStatus: "OPEN"}, false},
			{user(ann), "product.update", &auth.Resource{OwnerID: &ann, MarketStatus: "CLOSED"}, false},
			{user(ann), "product.update", &auth.Resource{MarketStatus: "OPEN"}, false},
			{nobody, "product.update", &auth.Resource{OwnerID: &uuid.Nil, MarketStatus: "OPEN"}, false},
			{nobody, "user.read", &auth.Resource{}, false},
			{key(user(ann, role.Admin), nil, "sale.read"), "sale.read", &auth.Resource{MarketID: here}, true},
			{key(user(ann, role.Admin), nil, "sale.read"), "sale.create", &auth.Resource{MarketID: here}, false},
			{key(user(ann, role.User), nil, "sale.read"), "sale.read", &auth.Resource{MarketID: here}, false},
			{key(user(ann, role.Admin), &here, "sale.read"), "sale.read", &auth.Resource{MarketID: here}, true},
			{key(user(ann, role.Admin), &there, "sale.read"), "sale.read", &auth.Resource{MarketID: here}, false},
			{key(user(ann, role.Admin), &here, "sale.read"), "sale.read", &auth.Resource{}, false},
			{key(user(ann, role.Admin), &uuid.Nil, "sale.read"), "sale.read", nil, true},
			{key(user(ann, role.Admin), nil, "user.read"), "user.read", &auth.Resource{OwnerID: &ann}, false},
		} {
			got, err := p.Allows(t.Context(), tt.who, tt.action, tt.res)
			if got != tt.want || err != nil {
				t.Errorf("%+v %s %+v: %v %v", tt.who, tt.action, tt.res, got, err)
			}
		}
	}
}

// TestDepends: about which actions a handler must ask with the resource in hand.
func TestDepends(t *testing.T) {
	t.Parallel()
	p, err := policy()
	check(t, err)
	for action, want := range map[string]bool{
		"family.update": true, "family.delete": true, "product.create": true, "product.update": true, "market.join": true,
		"user.update": true, "sale.void": true, "sale.return": true, "cash_session.close": true, "market.read": true,
		"market.update": true, "sale.create": true, "cash_session.create": true, "ledger.read": true,
		"market.create": false, "user.roles": false, "user.signup": false, "place.update": false, "nonsense": false,
	} {
		if got, err := p.Depends(t.Context(), action); got != want || err != nil {
			t.Errorf("%s depends on the resource: %t %v, want %t", action, got, err, want)
		}
	}
}

// TestMembershipAdds: who may do something without being a member may do it as one, so nobody need be asked about it.
func TestMembershipAdds(t *testing.T) {
	t.Parallel()
	p, err := policy()
	check(t, err)
	ann, bob := uuid.New(), uuid.New()
	for _, action := range []string{"market.read", "market.join", "family.read", "family.update", "family.list",
		"product.create", "sale.create", "sale.void", "sale.return", "cash_session.read", "statement.read", "payout.read",
		"report.read", "member.read", "member.delete", "user.read"} {
		for _, owner := range []*uuid.UUID{nil, &ann, &bob} {
			for _, status := range []string{"DRAFT", "OPEN", "CLOSED"} {
				for _, r := range role.All {
					who := request.Actor{ID: ann, Roles: role.NewSet(r)}
					res := auth.Resource{OwnerID: owner, MarketStatus: status}
					without, err := p.Allows(t.Context(), who, action, &res)
					check(t, err)
					for _, res.Member = range role.Members {
						if with, err := p.Allows(t.Context(), who, action, &res); err != nil || without && !with {
							t.Errorf("%s may %s %+v, but not as %s: %v", r, action, res, res.Member, err)
						}
					}
				}
			}
		}
	}
}

// TestMakers: who may make markets is a setting.
func TestMakers(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPolicy(t.Context(), auth.Accounts)
	check(t, err)
	for _, who := range []request.Actor{{ID: uuid.New(), Roles: role.NewSet(role.User)}, {}} {
		ok, err := p.Allows(t.Context(), who, "market.create", nil)
		if err != nil || ok != (who.ID != uuid.Nil) {
			t.Errorf("%v: %t %v", who, ok, err)
		}
	}
}

// TestRoles: roles that are added later are told apart like those that are there.
func TestRoles(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPolicy(t.Context(), auth.Admins)
	check(t, err)
	for _, r := range role.All {
		for _, other := range role.All {
			who := request.Actor{ID: uuid.New(), Roles: role.NewSet(r, other)}
			admin := r == role.Admin || other == role.Admin
			if got, err := p.Allows(t.Context(), who, "market.create", nil); got != admin || err != nil {
				t.Errorf("%v makes a market: %t %v, want %t", who.Roles, got, err, admin)
			}
		}
	}
}
