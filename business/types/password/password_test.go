package password_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	json2 "github.com/go-json-experiment/json"

	"github.com/garagesale/service/business/types/password"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"":                                  false,
		"1234567":                           false,
		"correct horse":                     true,
		"ぱすわーどぱすわ":                          true, // 8 characters
		"ぱすわーどぱす":                           false,
		strings.Repeat("ü", password.Max):   true,
		strings.Repeat("ü", password.Max+1): false,
		"password1":                         false, // common
		"PassWord1":                         false,
		"\xff1234567":                       false,
		"  spaces  ":                        true, // nothing is trimmed
	} {
		p, err := password.Parse(s)
		if (err == nil) != ok || ok && p.Reveal() != s {
			t.Errorf("%q: %q %v", s, p.Reveal(), err)
		}
		if err != nil && s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the refusal of %q quotes it: %v", s, err)
		}
	}
	if got := (password.Password{}).Reveal(); got != "" {
		t.Errorf("the zero password is %q", got)
	}
}

// TestNeverPrinted puts a password into everything that prints.
func TestNeverPrinted(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-passphrase"
	p := password.Given(secret)
	type account struct {
		Name     string
		Password password.Password
		previous password.Password
	}
	var out bytes.Buffer
	for _, v := range []any{p, &p, []password.Password{p}, map[string]password.Password{"a": p}, account{"a", p, p},
		&account{"a", p, p}, any(p)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)),
			slog.New(slog.NewJSONHandler(&out, nil))} {
			log.InfoContext(t.Context(), "x", "password", v)
		}
		for _, marshal := range []func(any) ([]byte, error){json.Marshal, func(v any) ([]byte, error) {
			return json2.Marshal(v)
		}} {
			b, err := marshal(v)
			if err != nil {
				t.Error(err)
			}
			out.Write(b)
		}
		fmt.Fprint(&out, fmt.Errorf("bad %v", v), v)
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
		fmt.Sprintf("%d", []byte(secret))[1:20]} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the output shows it as %q:\n%s", form, &out)
		}
	}
	if !strings.Contains(out.String(), "[password]") {
		t.Error("there is no placeholder in the output")
	}
}
