// Package familyapp is the families of the API.
package familyapp

import (
	"cmp"
	"context"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of families.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Families", Description: "A family is a household that sells at a market, under a number that people write on labels."}, docs, examples)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/markets/{marketID}/families", Action: "family.list"}, query)
	rest.Write(api, rest.Op{Method: "POST", Path: "/v1/markets/{marketID}/families", Action: "market.join",
		Location: "/v1/families/"}, create)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/families/{familyID}", Action: "family.read"}, get)
	rest.Write(api, rest.Op{Method: "PATCH", Path: "/v1/families/{familyID}", Action: "family.update"}, update)
	rest.Write(api, rest.Op{Method: "DELETE", Path: "/v1/families/{familyID}", Action: "family.delete"}, remove)
}

// query shows all families to those who may read any, and to others their own.
func query(ctx context.Context, d business.Domains, in list) (rest.List[Family], error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return rest.List[Family]{}, err
	}
	f := familybus.Filter{MarketID: m.ID}
	all, err := auth.May(ctx, "family.read", auth.Resource{})
	if err != nil {
		return rest.List[Family]{}, err
	}
	if !all {
		me := auth.Actor(ctx).ID
		f.OwnerID = &me
	}
	res, err := d.Families.Query(ctx, f, in.Page.Query())
	return rest.ListOf(res, func(f familybus.Family) Family { return Family(f) }), err
}

// create lets an account join as itself; what else a family may be given is for those who set up families.
func create(ctx context.Context, d business.Domains, in newFamily) (Family, error) {
	m, err := d.Markets.Get(ctx, in.MarketID)
	if err != nil {
		return Family{}, err
	}
	if err := auth.Allow(ctx, "market.join", auth.Resource{MarketStatus: string(m.Status)},
		marketbus.ErrNotFound); err != nil {
		return Family{}, err
	}
	nf := familybus.NewFamily{MarketID: m.ID, Name: in.Name, OwnerID: in.OwnerID.V, Number: in.Number.V,
		Commission: in.Commission.V}
	setsUp, err := auth.May(ctx, "family.setup", auth.Resource{})
	switch {
	case err != nil:
		return Family{}, err
	case !setsUp:
		if in.OwnerID.Set || in.Number.Set || in.Commission.Set {
			return Family{}, auth.ErrField
		}
		me := auth.Actor(ctx).ID
		nf.OwnerID = &me
	}
	f, err := d.Families.Create(ctx, nf)
	return Family(f), err
}

func get(ctx context.Context, d business.Domains, in familyID) (Family, error) {
	f, err := d.Families.Get(ctx, in.ID)
	if err != nil {
		return Family{}, err
	}
	return Family(f), auth.Allow(ctx, "family.read", resource(f), familybus.ErrNotFound)
}

func update(ctx context.Context, d business.Domains, in updateFamily) (Family, error) {
	f, err := lock(ctx, d, in.familyID, "family.update", in.OwnerID.Set || in.Number.Set || in.Commission.Set)
	if err != nil {
		return Family{}, err
	}
	f, err = d.Families.Update(ctx, f, familybus.UpdateFamily(in.Changes))
	return Family(f), err
}

func remove(ctx context.Context, d business.Domains, in familyID) (rest.None, error) {
	f, err := lock(ctx, d, in, "family.delete", false)
	if err != nil {
		return rest.None{}, err
	}
	return rest.None{}, d.Families.Delete(ctx, f)
}

// lock loads the family that is to be written, and refuses what may not be.
func lock(ctx context.Context, d business.Domains, in familyID, action string, setup bool) (familybus.Family, error) {
	if setup {
		// What a payout depends on changes only while the market is held: a payout holds it too, and before the family.
		f, err := d.Families.Get(ctx, in.ID)
		if err != nil {
			return f, err
		}
		if _, err := d.Markets.Lock(ctx, f.MarketID); err != nil {
			return f, err
		}
	}
	f, err := d.Families.Lock(ctx, in.ID)
	if err != nil {
		return f, err
	}
	if err := auth.Allow(ctx, action, resource(f), familybus.ErrNotFound); err != nil {
		return f, err
	}
	if setup {
		if ok, err := auth.May(ctx, "family.setup", resource(f)); err != nil || !ok {
			return f, cmp.Or(err, error(auth.ErrField))
		}
	}
	return f, rest.Match(ctx, f.ID, f.Version)
}

func resource(f familybus.Family) auth.Resource {
	return auth.Resource{OwnerID: f.OwnerID, MarketStatus: string(f.MarketStatus)}
}
