package mux_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/demo"
	"github.com/garagesale/service/foundation/clock"
	"github.com/garagesale/service/foundation/testenv"
)

// TestReadme runs the first sale as the README prints it, and compares what comes out with what is printed there. Only
// the address is another one.
func TestReadme(t *testing.T) {
	t.Parallel()
	testenv.Needs(t, "bash", "curl", "jq")
	s := apptest.New(t)
	if err := demo.Seed(t.Context(), s.Business, clock.Now()); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, _ := strings.Cut(string(readme), "\n## A first sale\n")
	walk, _, _ = strings.Cut(walk, "\n## ")
	var script, want strings.Builder
	for _, block := range regexp.MustCompile("(?s)```(sh|json)\n(.*?)```").FindAllStringSubmatch(walk, -1) {
		if block[1] == "sh" {
			script.WriteString(block[2])
		} else {
			want.WriteString(block[2])
		}
	}
	const address = "API=http://127.0.0.1:3000\n"
	if !strings.Contains(script.String(), address) || want.Len() == 0 {
		t.Fatalf("the README has no walk that begins with %s", address)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c",
		strings.Replace(script.String(), address, "API="+s.URL+"\n", 1))
	cmd.Stderr = t.Output()
	got, err := cmd.Output()
	if err != nil || string(got) != want.String() {
		t.Errorf("%v: the walk printed\n%s\nthe README says\n%s", err, got, want.String())
	}
}
