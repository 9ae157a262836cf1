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

of_bob(status) := {"ownerID": "bob", "marketStatus": status}

member(role) := {"ownerID": null, "marketStatus": "OPEN", "member": role}

of_nobody(status) := {"ownerID": null, "marketStatus": status}

test_default_deny if {
	every subject in [nobody, ann, cashier, bare] {
		every action in ["", "x", "market.create", "user.list", "audit.read", "place.create", "place.read ", "marketing.x"] {
			not authz.allow with input as {"subject": subject, "action": action, "resource": null}
			not authz.allow with input as {"subject": subject, "action": action, "resource": member("ORGANISER")}
		}
		every action in ["ledger.read", "payout.create", "product.create", "webhook.create", "member.create", "family.setup"] {
			not authz.allow with input as {"subject": subject, "action": action, "resource": of_nobody("OPEN")}
		}
	}
}

# Before the market is known everyone with an account may be its ORGANISER.
test_asked_again if {
	every action in ["ledger.read", "payout.create", "sale.create", "member.create", "market.delete", "webhook.rotate"] {
		authz.allow with input as {"subject": bare, "action": action, "resource": null}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": null}
	}
}

test_organiser_is_as_admin_there if {
	every action in [
		"market.update", "market.delete", "market.join", "family.setup", "family.read", "product.delete", "sale.create",
		"sale.void", "sale.void_late", "sale.reprice", "sale.return", "cash_session.read", "cash_session.close",
		"ledger.read", "report.read", "statement.read", "payout.create", "payout.read", "webhook.create", "delivery.drop",
		"member.list", "member.create", "member.update", "member.delete",
	] {
		authz.allow with input as {"subject": bare, "action": action, "resource": member("ORGANISER")}
		authz.allow with input as {"subject": ann, "action": action, "resource": object.union(member("ORGANISER"), of_bob("CLOSED"))}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": object.union(member("ORGANISER"), of_nobody("DRAFT"))}
	}
	every action in ["market.create", "user.read", "user.roles", "user.override", "place.update", "audit.read"] {
		not authz.allow with input as {"subject": bare, "action": action, "resource": member("ORGANISER")}
	}
}

test_member_cashier_is_as_cashier_there if {
	every action in [
		"family.read", "sale.create", "sale.read", "sale.return", "cash_session.create", "cash_session.list", "report.read",
	] {
		authz.allow with input as {"subject": bare, "action": action, "resource": member("CASHIER")}
	}
	every action in ["sale.void", "cash_session.read", "cash_session.move", "cash_session.close", "member.read", "member.delete"] {
		authz.allow with input as {"subject": ann, "action": action, "resource": object.union(member("CASHIER"), of_ann("OPEN"))}
		not authz.allow with input as {"subject": bob, "action": action, "resource": object.union(member("CASHIER"), of_ann("OPEN"))}
	}
	every action in [
		"member.list", "member.create", "member.update", "market.update", "payout.create", "ledger.read", "sale.reprice",
		"sale.void_late", "family.setup", "product.create", "webhook.list",
	] {
		not authz.allow with input as {"subject": ann, "action": action, "resource": member("CASHIER")}
	}
}

# Who was sent away has nothing left, not even itself.
test_no_member if {
	every action in ["member.read", "member.delete", "sale.create", "sale.read"] {
		not authz.allow with input as {"subject": ann, "action": action, "resource": object.union(of_ann("OPEN"), {"member": ""})}
	}
}

test_makers if {
	every subject in [ann, cashier, bare] {
		authz.allow with input as {"subject": subject, "action": "market.create", "resource": null, "makers": "ACCOUNTS"}
		not authz.allow with input as {"subject": subject, "action": "market.create", "resource": null, "makers": "ADMIN"}
	}
	not authz.allow with input as {"subject": nobody, "action": "market.create", "resource": null, "makers": "ACCOUNTS"}
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
		not authz.allow with input as {"subject": subject, "action": "sale.create", "resource": of_ann("OPEN")}
		not authz.allow with input as {"subject": subject, "action": "sale.read", "resource": of_ann("OPEN")}
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
		not authz.allow with input as {"subject": subject, "action": "family.setup", "resource": of_ann("OPEN")}
		not authz.allow with input as {"subject": subject, "action": "user.override", "resource": null}
		not authz.allow with input as {"subject": subject, "action": "user.roles", "resource": null}
	}
}

test_joining if {
	authz.allow with input as {"subject": ann, "action": "market.join", "resource": of_nobody("OPEN")}
	not authz.allow with input as {"subject": ann, "action": "market.join", "resource": of_nobody("CLOSED")}
	not authz.allow with input as {"subject": nobody, "action": "market.join", "resource": null}
	not authz.allow with input as {"subject": cashier, "action": "market.join", "resource": of_nobody("OPEN")}
}

test_self if {
	every action in ["user.read", "user.update", "user.delete"] {
		authz.allow with input as {"subject": ann, "action": action, "resource": {"ownerID": "ann", "marketStatus": ""}}
		authz.allow with input as {"subject": cashier, "action": action, "resource": {"ownerID": "cas", "marketStatus": ""}}
		not authz.allow with input as {"subject": ann, "action": action, "resource": {"ownerID": "bob", "marketStatus": ""}}
		not authz.allow with input as {"subject": nobody, "action": action, "resource": null}
	}
}

# Who must set up a second factor first, whatever else it may.
test_enrolling if {
	every action in ["factor.create", "passkey.create", "token.confirm", "session.list", "session.end", "token.refresh", "token.revoke"] {
		every roles in [["ADMIN"], ["USER"]] {
			authz.decision with input as {"subject": {"id": "ann", "roles": roles, "enrol": true}, "action": action, "resource": null}
		}
	}
	authz.decision with input as {
		"subject": {"id": "ann", "roles": ["ADMIN"], "enrol": true},
		"action": "user.read", "resource": of_ann(""),
	}
	not authz.decision with input as {
		"subject": {"id": "bob", "roles": ["ADMIN"], "enrol": true},
		"action": "user.read", "resource": of_ann(""),
	}
	every action in ["market.read", "user.list", "user.update", "factor.delete", "passkey.delete", "sale.create", "user.reset_factor"] {
		not authz.decision with input as {
			"subject": {"id": "ann", "roles": ["ADMIN"], "enrol": true},
			"action": action, "resource": null,
		}
		authz.decision with input as {
			"subject": {"id": "ann", "roles": ["ADMIN"], "enrol": false},
			"action": action, "resource": null,
		}
	}
}

test_enrolling_allows_nothing_more if not authz.decision with input as {
	"subject": {"id": null, "roles": [], "enrol": true},
	"action": "factor.create", "resource": null,
}

with_key(subject, actions, marketID) := object.union(subject, {"key": {"actions": actions, "marketID": marketID}})

at_here := {"ownerID": "ann", "marketID": "here", "marketStatus": "OPEN", "member": "ORGANISER"}

at_elsewhere := object.union(at_here, {"marketID": "elsewhere"})

# A key may its actions, as far as its account may them, and what everybody may.
test_key_has_its_actions if {
	every action in ["sale.create", "ledger.read", "family.setup", "product.update"] {
		authz.decision with input as {"subject": with_key(ann, [action], null), "action": action, "resource": at_here}
		authz.decision with input as {"subject": with_key(admin, [action], null), "action": action, "resource": null}
		not authz.decision with input as {"subject": with_key(ann, ["sale.read"], null), "action": action, "resource": at_here}
		not authz.decision with input as {"subject": with_key(admin, [], null), "action": action, "resource": null}
		not authz.decision with input as {"subject": with_key(bob, [action], null), "action": action, "resource": object.union(at_here, {"member": ""})}
	}
	every action in ["market.read", "product.read", "place.read"] {
		authz.decision with input as {"subject": with_key(bare, [], null), "action": action, "resource": of_nobody("OPEN")}
	}
	not authz.decision with input as {"subject": with_key(admin, [], null), "action": "market.read", "resource": of_nobody("DRAFT")}
	authz.decision with input as {"subject": with_key(bare, ["market.read"], null), "action": "market.read", "resource": of_nobody("DRAFT")}
}

test_key_stays_at_its_market if {
	every action in ["sale.create", "ledger.read", "family.list", "product.update"] {
		authz.decision with input as {"subject": with_key(ann, [action], "here"), "action": action, "resource": at_here}
		authz.decision with input as {"subject": with_key(ann, [action], "here"), "action": action, "resource": null}
		every subject in [ann, admin] {
			not authz.decision with input as {"subject": with_key(subject, [action], "here"), "action": action, "resource": at_elsewhere}
			not authz.decision with input as {"subject": with_key(subject, [action], "here"), "action": action, "resource": of_ann("OPEN")}
		}
	}
	authz.decision with input as {"subject": with_key(admin, ["market.read"], "here"), "action": "market.read", "resource": of_nobody("OPEN")}
	not authz.decision with input as {"subject": with_key(admin, ["market.read"], "here"), "action": "market.read", "resource": of_nobody("DRAFT")}
	not authz.decision with input as {"subject": with_key(admin, ["market.create"], "here"), "action": "market.create", "resource": null}
	authz.decision with input as {"subject": with_key(admin, ["market.create"], null), "action": "market.create", "resource": null}
}

# Whatever a key lists, accounts, helpers and where events are sent are for people.
test_key_is_for_no_account if {
	every action in [
		"user.read", "user.update", "user.erase", "user.override", "token.confirm", "session.end", "factor.create", "key.create",
		"key.list", "key.delete", "member.create", "member.delete", "webhook.create", "webhook.rotate", "invitation.accept",
		"audit.list", "place.create",
	] {
		not authz.decision with input as {"subject": with_key(admin, [action], null), "action": action, "resource": null}
		not authz.decision with input as {"subject": with_key(ann, [action], null), "action": action, "resource": at_here}
	}
}
