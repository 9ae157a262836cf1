// Package auth tells who asks, by JWT, and whether they may, by OPA; both in process.
//
// Tokens makes and verifies access tokens (RS256, RFC 9068's claims), Revoked knows which were ended before they
// expire, and Policy answers policy.rego, compiled once. Auth joins the three. It knows no HTTP: mid.Guard asks it
// before a body is read, whether the role may do the route's action at all, and rest.Call asks it again about the
// resource, once a handler has loaded that in its transaction.
//
// The promises: what a token says is believed only while it is signed by a known key, not expired and not revoked; a
// replica that does not know what is revoked takes no token; nothing is allowed but what policy.rego allows; and a
// decision is kept only together with everything that it was made from.
package auth
