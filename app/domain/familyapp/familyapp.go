// Package familyapp is the families of the API.
package familyapp

import (
	"cmp"
	_ "embed"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/familybus"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/userbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/quota"
)

//go:embed examples.json
var examples []byte

// Routes adds the routes of families.
func Routes(api *rest.API[business.Domains]) {
	api.Describe(rest.Tag{Name: "Families", Description: "A family is a household that sells at a market, under a " +
		"number that people write on labels."}, examples)
	rest.Tells(api, familybus.Events, "/v1/families/", toFamily)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/markets/{marketID}/families", Action: "family.list",
		ID: "listFamilies", Summary: "List the families of a market", Orders: familybus.OrderBy.Names(),
		Description: "ADMIN, the market's members and cashiers see all of them, others their own.",
		Errors:      []*errs.Error{marketbus.ErrNotFound},
	}, query)
	rest.Write(api, rest.Op{
		Method: "POST", Path: "/v1/markets/{marketID}/families", Action: "market.join", Location: "/v1/families/",
		ID: "createFamily", Summary: "Join a market",
		Description: "`{\"name\": …}` joins as oneself, once per account and market. Organisers may set `ownerID` (or " +
			"none), `number` and `commission`. A family without a number of its own gets the lowest that is free, which never " +
			"conflicts. An account may have 20 families at markets that are not CLOSED.",
		Errors: []*errs.Error{marketbus.ErrNotFound, familybus.ErrAlreadyJoined, familybus.ErrNumberTaken,
			familybus.ErrNoNumber, quota.ErrReached, auth.ErrField, auth.ErrForbidden, userbus.ErrNotVerified},
	}, create)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/families/{familyID}", Action: "family.read",
		ID: "getFamily", Summary: "Read a family",
		Description: "Its owner, the market's members, cashiers and ADMIN read it.",
		Errors:      []*errs.Error{familybus.ErrNotFound},
	}, get)
	rest.Write(api, rest.Op{
		Method: "PATCH", Path: "/v1/families/{familyID}", Action: "family.update",
		ID: "updateFamily", Summary: "Change a family",
		Description: "A field that is left out stays as it is; `null` empties `ownerID` and `commission`. The owner " +
			"changes the name; `number`, `ownerID` and `commission` are the organisers'. A number is fixed once the family " +
			"has a product. When the market is CLOSED only organisers write.",
		Errors: []*errs.Error{familybus.ErrNotFound, familybus.ErrNumberTaken, familybus.ErrNumberFixed,
			familybus.ErrAlreadyJoined, quota.ErrReached, marketbus.ErrSettled, auth.ErrField, auth.ErrForbidden},
	}, update)
	rest.Write(api, rest.Op{
		Method: "DELETE", Path: "/v1/families/{familyID}", Action: "family.delete",
		ID: "deleteFamily", Summary: "Delete a family",
		Description: "One with products or sales stays.",
		Errors:      []*errs.Error{familybus.ErrNotFound, familybus.ErrNotEmpty, auth.ErrForbidden},
	}, remove)
}

func toFamily(f familybus.Family) Family { return Family(f) }

// query shows all families to those who may read any, and to others their own.
func query(c rest.Call[business.Domains], in list) (rest.List[Family], error) {
	m, err := c.D.Markets.Get(c, in.MarketID)
	if err != nil {
		return rest.List[Family]{}, err
	}
	if err := c.Allow("family.list", auth.Resource{MarketID: m.ID}, marketbus.ErrNotFound); err != nil {
		return rest.List[Family]{}, err
	}
	f := familybus.Filter{MarketID: m.ID}
	all, err := c.May("family.read", auth.Resource{MarketID: m.ID})
	if err != nil {
		return rest.List[Family]{}, err
	}
	if !all {
		me := c.Actor.ID
		f.OwnerID = &me
	}
	res, err := c.D.Families.Query(c, f, in.Page.Query())
	return rest.ListOf(res, toFamily), err
}

// create lets an account join as itself; what else a family may be given is for those who set up families.
func create(c rest.Call[business.Domains], in newFamily) (Family, error) {
	m, err := c.D.Markets.Get(c, in.MarketID)
	if err != nil {
		return Family{}, err
	}
	at := auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)}
	if err := c.Allow("market.join", at, marketbus.ErrNotFound); err != nil {
		return Family{}, err
	}
	nf := familybus.NewFamily{MarketID: m.ID, Name: in.Name, OwnerID: in.OwnerID.V, Number: in.Number.V,
		Commission: in.Commission.V}
	setsUp, err := c.May("family.setup", at)
	switch {
	case err != nil:
		return Family{}, err
	case !setsUp:
		if in.OwnerID.Set || in.Number.Set || in.Commission.Set {
			return Family{}, auth.ErrField
		}
		me := c.Actor.ID
		if err := c.D.Users.Verified(c, me); err != nil {
			return Family{}, err
		}
		nf.OwnerID = &me
	}
	f, err := c.D.Families.Create(c, nf)
	c.Tell(familybus.EventJoined.Of(f))
	return Family(f), err
}

func get(c rest.Call[business.Domains], in familyID) (Family, error) {
	f, err := rest.Get(c, c.D.Families.Get, in.ID, target)
	return Family(f), err
}

// update changes what the owner may, and what those who set up families may besides.
func update(c rest.Call[business.Domains], in updateFamily) (Family, error) {
	lock, setup := c.D.Families.Lock, in.OwnerID.Set || in.Number.Set || in.Commission.Set
	if setup {
		lock = c.D.Families.LockForSetup
	}
	f, err := rest.Get(c, lock, in.ID, target)
	if err != nil {
		return Family{}, err
	}
	if setup {
		if ok, err := c.May("family.setup", target(f).Resource); err != nil || !ok {
			return Family{}, cmp.Or(err, error(auth.ErrField))
		}
	}
	if err := c.Match(f.ID, f.Version); err != nil {
		return Family{}, err
	}
	changed, err := c.D.Families.Update(c, f, familybus.UpdateFamily(in.Changes))
	if changed.Version != f.Version {
		c.Tell(familybus.EventUpdated.Of(changed))
	}
	return Family(changed), err
}

func remove(c rest.Call[business.Domains], in familyID) (rest.None, error) {
	f, err := rest.Lock(c, c.D.Families.Lock, in.ID, target)
	if err != nil {
		return rest.None{}, err
	}
	c.Tell(familybus.EventDeleted.Of(f))
	return rest.None{}, c.D.Families.Delete(c, f)
}

func target(f familybus.Family) rest.Target {
	return rest.Target{
		ID: f.ID, Version: f.Version, NotFound: familybus.ErrNotFound,
		Resource: auth.Resource{OwnerID: f.OwnerID, MarketID: f.MarketID, MarketStatus: string(f.MarketStatus)},
	}
}
