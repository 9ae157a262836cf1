# The policy's own tests, run by `go test` and by `opa test`.
package sales.authz_test

import data.sales.authz

nobody := {"id": null, "roles": []}

ann := {"id": "ann", "roles": ["USER"]}

bob := {"id": "bob", "roles": ["USER"]}

cashier := {"id": "cas", "roles": ["CASHIER"]}

admin := {"id": "adm", "roles": ["ADMIN"]}

bare := {"id": "bar", "roles": []}

of_ann(status) := {"ownerID": "ann", "marketStatus": status}

of_nobody(status) := {"ownerID": null, "marketStatus": status}

test_default_deny if {
	every subject in [nobody, ann, cashier, bare] {
		every action in ["", "x", "market.create", "user.list", "ledger.read", "product", "payout.create", "market.read "] {
			not authz.allow with input as {"subject": subject, "action": action, "resource": null}
		}
	}
}

test_empty_input_is_denied if not authz.allow with input as {}

test_no_input_is_denied if not authz.allow

test_public if {
	every action in ["user.signup", "token.create", "service.probe", "docs.read", "market.read", "product.read"] {
		authz.allow with input as {"subject": nobody, "action": action, "resource": null}
	}
}

test_admin_may_everything if {
	every action in ["market.delete", "user.list", "sale.create", "family.setup", "anything.else"] {
		authz.allow with input as {"subject": admin, "action": action, "resource": of_ann("CLOSED")}
	}
}

test_drafts_need_an_account if {
	every action in ["market.read", "product.read"] {
		not authz.allow with input as {"subject": nobody, "action": action, "resource": of_nobody("DRAFT")}
		authz.allow with input as {"subject": bare, "action": action, "resource": of_nobody("DRAFT")}
		authz.allow with input as {"subject": nobody, "action": action, "resource": of_nobody("OPEN")}
		authz.allow with input as {"subject": nobody, "action": action, "resource": of_nobody("CLOSED")}
	}
}

test_cashier_rings_up if {
	every action in ["sale.create", "sale.read", "family.read"] {
		authz.allow with input as {"subject": cashier, "action": action, "resource": null}
		authz.allow with input as {"subject": cashier, "action": action, "resource": of_ann("OPEN")}
	}
	every subject in [nobody, ann, bare] {
		not authz.allow with input as {"subject": subject, "action": "sale.create", "resource": null}
		not authz.allow with input as {"subject": subject, "action": "sale.read", "resource": null}
	}
}

test_owner_writes_its_own if {
	every action in ["family.update", "family.delete", "product.create", "product.update", "product.delete"] {
		authz.allow with input as {"subject": ann, "action": action, "resource": null}
		authz.allow with input as {"subject": ann, "action": action, "resource": of_ann("OPEN")}
		authz.allow with input as {"subject": ann, "action": action, "resource": of_ann("DRAFT")}
		not authz.allow with input as {"subject": ann, "action": action, "resource": of_ann("CLOSED")}
		not authz.allow with input as {"subject": bob, "action": action, "resource": of_ann("OPEN")}
		not authz.allow with input as {"subject": cashier, "action": action, "resource": of_ann("OPEN")}
		not authz.allow with input as {"subject": ann, "action": action, "resource": of_nobody("OPEN")}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": of_nobody("OPEN")}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": null}
	}
}

test_setup_is_for_admin if {
	every subject in [nobody, ann, cashier, bare] {
		not authz.allow with input as {"subject": subject, "action": "family.setup", "resource": null}
		not authz.allow with input as {"subject": subject, "action": "user.override", "resource": null}
		not authz.allow with input as {"subject": subject, "action": "user.roles", "resource": null}
	}
}

test_joining if {
	authz.allow with input as {"subject": ann, "action": "market.join", "resource": of_nobody("OPEN")}
	not authz.allow with input as {"subject": ann, "action": "market.join", "resource": of_nobody("CLOSED")}
	not authz.allow with input as {"subject": nobody, "action": "market.join", "resource": null}
	not authz.allow with input as {"subject": cashier, "action": "market.join", "resource": null}
}

test_self if {
	every action in ["user.read", "user.update", "user.delete"] {
		authz.allow with input as {"subject": ann, "action": action, "resource": {"ownerID": "ann", "marketStatus": ""}}
		authz.allow with input as {"subject": cashier, "action": action, "resource": {"ownerID": "cas", "marketStatus": ""}}
		not authz.allow with input as {"subject": ann, "action": action, "resource": {"ownerID": "bob", "marketStatus": ""}}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": null}
	}
}
