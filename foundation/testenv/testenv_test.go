package testenv_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/garagesale/service/foundation/testenv"
)

// needs is the variable by which the test runs itself as one that needs a program.
const needs = "TESTENV_NEEDS"

// TestNeeds runs itself, since how a test ended is seen from outside only.
func TestNeeds(t *testing.T) {
	t.Parallel()
	if program := os.Getenv(needs); program != "" {
		testenv.Needs(t, "go", program)
		return
	}
	for _, tt := range []struct{ ci, program, want string }{
		{"", "go", "PASS"}, {"true", "go", "PASS"}, {"", "no-such-program", "SKIP"}, {"true", "no-such-program", "FAIL"},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNeeds$", "-test.v")
		cmd.Env = append(os.Environ(), "CI="+tt.ci, needs+"="+tt.program)
		out, err := cmd.CombinedOutput()
		if want := fmt.Sprintf("--- %s: TestNeeds", tt.want); !strings.Contains(string(out), want) ||
			(err != nil) != (tt.want == "FAIL") {
			t.Errorf("CI=%s, needs %s: %v\n%s\nwant %q", tt.ci, tt.program, err, out, want)
		}
	}
}
