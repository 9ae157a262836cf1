// Package virtualwebauthn provides a set of helper tools for testing Webauthn authentication flows.
package virtualwebauthn
