package secret_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/garagesale/service/business/sdk/secret"
)

func TestKey(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^gs_[0-9A-Za-z]{49}$`), map[string]bool{}
	for range 1000 { // some begin with 0
		k := secret.NewKey()
		if !form.MatchString(k) || !secret.IsKey(k) || seen[k] {
			t.Fatal(k)
		}
		seen[k] = true
	}
	const known = "gs_0000000000000000000000000000000000000000000" // of 256 bits that are 0; the CRC-32 by another program
	if k := known + "2iomEi"; !secret.IsKey(k) {
		t.Errorf("%s is none", k)
	}
	k := secret.NewKey()
	for i := range k {
		for _, c := range []string{"0", "a", "Z", "_", "", "é"} {
			if bad := k[:i] + c + k[i+1:]; bad != k && secret.IsKey(bad) {
				t.Errorf("%s passes for %s", bad, k)
			}
		}
	}
	for _, bad := range []string{"", "gs_", k + "0", k[:51], k[3:], strings.ToLower(k), " " + k[1:]} {
		if secret.IsKey(bad) {
			t.Errorf("%q passes", bad)
		}
	}
}
