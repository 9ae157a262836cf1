package auth

import (
	"testing"

	"github.com/garagesale/service/foundation/keystore"
)

func testKeys(t *testing.T) *keystore.Store {
	t.Helper()
	dir := t.TempDir()
	if _, err := keystore.Generate(dir, keystore.MinBits); err != nil {
		t.Fatal(err)
	}
	keys, err := keystore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
