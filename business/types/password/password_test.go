package password_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	json2 "github.com/go-json-experiment/json"

	"github.com/garagesale/service/business/types/password"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"":                                     false,
		"1234567":                              false,
		"correct horse":                        true,
		"ぱすわーどぱすわ":                             true, // 8 characters
		"ぱすわーどぱす":                              false,
		strings.Repeat("ümlö", password.Max/4): true,
		strings.Repeat("ümlö", password.Max/4) + "x": false,
		"password1":         false, // common
		"PassWord1":         false,
		"\xff1234567":       false,
		"  spaces  ":        true, // nothing is trimmed
		"Password123!":      false,
		"p@55w0rd2026!":     false,
		"!!iloveyou!!":      false,
		"1LOVEYOU":          false,
		"aaaaaaaa":          false,
		"abcd1234":          false,
		"87654321Zyx":       false,
		"aaabbbcccddd":      false,
		"qwertyAsdf":        false,
		"aaaaxaxa":          true, // four steps are enough for this rule
		"aaaaaxax":          true,
		"aaaaaaxa":          false,
		"garagesale":        false, // the service
		"our Garage-Sale 7": false,
		"g4rag3 s4l3 x":     false,
		"sale of garages":   true,
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

// TestCommon: the list is whole and in the order in which it is searched, and every line of it is refused, in capitals
// and with a little added too.
func TestCommon(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
	if len(lines) != 100_000 {
		t.Errorf("%d lines, want 100,000", len(lines))
	}
	for i, line := range lines {
		if i > 0 && lines[i-1] >= line || len(line) < password.Min || strings.ToLower(line) != line {
			t.Fatalf("line %d, %q, after %q: not sorted, twice, too short or not in lower case", i+1, line, lines[max(i-1, 0)])
		}
		for _, s := range []string{line, strings.ToUpper(line), line + "!"} {
			if _, err := password.Parse(s); err == nil && len(s) <= password.Max {
				t.Errorf("%q is taken", s)
			}
		}
	}
	for _, between := range []string{"", "!", lines[0] + "\x00", lines[50_000] + "\x00", "~~~~~~~~~",
		lines[99_999] + "~"} {
		if slices.Contains(lines, between) != password.IsCommon(between) {
			t.Errorf("%q is between the lines", between)
		}
	}
}

// TestCommonCostsNothing: a look-up makes no copy of the list, nor an index.
func TestCommonCostsNothing(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts what others allocate too
	for _, s := range []string{"password", "no such line in it"} {
		if n := testing.AllocsPerRun(100, func() { password.IsCommon(s) }); n != 0 {
			t.Errorf("looking for %q allocates %g times", s, n)
		}
	}
}

func TestContains(t *testing.T) {
	t.Parallel()
	p := password.Given("the J0hn5 of Elm-Street")
	for text, want := range map[string]bool{
		"Johns": true, "JOHN": true, "elm street": true, "the": false, "of": false, "": false, "Street": true, "joh": false,
		"jöhn": false, "Mr. John": true, "john@x.org": true, "eims": true, // i and l are one
		"street-lamp": true, "streetlamp": false,
	} {
		if got := p.Contains(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
	if p.Contains() || (password.Password{}).Contains("john") {
		t.Error("nothing is contained")
	}
}
