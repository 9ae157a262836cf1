package email_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/garagesale/service/business/types/email"
)

func TestParse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64) + "@" + strings.Repeat("b", 185) + ".org"
	for s, want := range map[string]email.Email{
		"a@x.org": "a@x.org", "Ann.Smith+sale@X.ORG": "ann.smith+sale@x.org", "ÄNN@x.org": "änn@x.org",
		long: email.Email(long),
		"":   "", "a": "", "@": "", "a@": "", "@x.org": "", "a b@x.org": "", "a@x.org ": "", " a@x.org": "",
		"Ann <a@x.org>": "", "<a@x.org>": "",
		"a@x.org,b@x.org": "", "a@x.org\n": "", "a\x00@x.org": "", "a@@x.org": "", "a@x.org (home)": "", long + "x": "",
		`"a b"@x.org`: "", "\xff@x.org": "",
		"ａｎｎ@x.org": "ann@x.org", "ﬁsh@x.org": "fish@x.org", "a\u0308nn@x.org": "änn@x.org", "ann＠x.org": "ann@x.org",
		"ℌ@x.org": "h@x.org", "a@ｘ．org": "a@x.org", "K@x.org": "k@x.org",
		"a\u200bnn@x.org": "", "a\u00adnn@x.org": "", "\u202eann@x.org": "", "ann@x.org\ufeff": "", "a\u2028@x.org": "",
		"a\u00a0b@x.org": "", "\u3164@x.org": "",
	} {
		got, err := email.Parse(s)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", s, got, err)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).InfoContext(t.Context(), "x", "email", email.Email("ann.smith@x.org"))
	if s := out.String(); strings.Contains(s, "ann") || !strings.Contains(s, "a***@x.org") {
		t.Errorf("the log shows %s", s)
	}
	if got := email.Email("").LogValue().String(); got != "***@" {
		t.Errorf("nothing is logged as %s", got)
	}
}

// FuzzEmail: an address that is taken is one account however often it is read, fits the database, and is one line of
// text.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@x.org", "Ann@X.ORG", "İ@x.org", "ΑΣ@x.org", "Ⱥ@x.org", `"a"@x.org`, "a@[127.0.0.1]",
		"a@b", "=?utf-8?q?a?=@x.org", strings.Repeat("Ⱥ", 124) + "@x.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := email.Parse(s)
		if err != nil {
			return
		}
		if again, err := email.Parse(string(e)); again != e || err != nil {
			t.Errorf("%q is %q, and that is %q: %v", s, e, again, err)
		}
		if len(e) > email.Max || !utf8.ValidString(string(e)) || strings.ContainsFunc(string(e), func(r rune) bool {
			return unicode.IsControl(r) || unicode.IsSpace(r)
		}) {
			t.Errorf("%q is %q", s, e)
		}
		if !norm.NFKC.IsNormalString(string(e)) || strings.ContainsFunc(string(e), func(r rune) bool {
			return unicode.Is(unicode.Cf, r)
		}) {
			t.Errorf("%q is %q, with more than one sees", s, e)
		}
		if local := e.Local(); local == "" || !strings.HasPrefix(string(e), local+"@") {
			t.Errorf("%q has the local part %q", s, local)
		}
	})
}
