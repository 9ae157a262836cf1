// Package scripts_test tries the scripts that the Makefile leans on.
package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// TestProofs runs the Makefile's own target of every proof, with programs that only pretend, in a repository of its
// own: one that fails leaves no stamp, one that passes does, and a change of what it covers is noticed.
func TestProofs(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.table(t)
	if len(first) < 8 {
		t.Fatalf("%d proofs are listed, want 8 or more: %v", len(first), first)
	}
	for name := range first {
		if out, err := r.make(t, name, "PROOF=fails"); err == nil {
			t.Errorf("make %s passes though its program fails:\n%s", name, out)
		}
	}
	for name, says := range r.table(t) {
		want(t, name, says, `^never passed here$`)
	}
	for name := range first {
		if out, err := r.make(t, name); err != nil {
			t.Fatalf("make %s: %v\n%s", name, err, out)
		}
	}
	for name, says := range r.table(t) {
		want(t, name, says, `^passed \d{4}-\d\d-\d\d \d\d:\d\d on [0-9a-f]+  covered paths unchanged$`)
	}

	r.write(t, "business/x.go", "changed")
	for name, says := range r.table(t) {
		want(t, name, says, `changed since: business/x.go$`)
	}
	// As it was before; but a test, which is not in a service, is changed, a file is new, and one is gone.
	r.write(t, "business/x.go", "business/x.go")
	r.write(t, "business/x_test.go", "changed")
	r.write(t, "zarf/proof/observe/new.go", "not known to git")
	check(t, os.Remove(filepath.Join(r.dir, "zarf/deploy/x.yaml")))
	now := r.table(t)
	want(t, "bench", now["bench"], `covered paths unchanged$`)
	want(t, "prove-api", now["prove-api"], `changed since: business/x_test.go$`)
	want(t, "observe", now["observe"], `changed since: zarf/proof/observe/new.go$`)
	want(t, "cluster-test", now["cluster-test"], `changed since: zarf/deploy/x.yaml$`)
}

// TestProofsOfPart: what changes while a proof runs was not proved, and a part of a proof is none.
func TestProofsOfPart(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	for _, args := range [][]string{{"bench", "BENCHFLAGS=-only=get"}, {"cluster-test", "TESTFLAGS=-run=X"},
		{"prove", "PROOF=edits"}} {
		if out, err := r.make(t, args...); err != nil {
			t.Fatalf("make %s: %v\n%s", args, err, out)
		}
	}
	now := r.table(t)
	want(t, "bench", now["bench"], `^never passed here$`)
	want(t, "cluster-test", now["cluster-test"], `^never passed here$`)
	want(t, "prove", now["prove"], `changed since: business/x.go$`)
}

// repo is a repository with the Makefile and its scripts, and files in the paths that are covered.
type repo struct{ dir, tools string }

func newRepo(t *testing.T) repo {
	t.Helper()
	r := repo{t.TempDir(), t.TempDir()}
	for _, name := range []string{"Makefile", "zarf/proof/Makefile", "zarf/deploy/Makefile",
		"zarf/proof/scripts/proofs.sh"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		check(t, err)
		r.write(t, name, string(b))
	}
	for _, name := range []string{"go.mod", "business/x.go", "business/x_test.go", "zarf/deploy/x.yaml",
		"zarf/postman/x.json", "zarf/proof/observe/x.go", "zarf/proof/npm/package-lock.json"} {
		r.write(t, name, name)
	}
	r.write(t, ".gitignore", "/.data/\nnode_modules/\n")
	const quiet = "#!/bin/sh\n"
	r.write(t, "zarf/proof/observe/build.sh", quiet)
	r.write(t, "zarf/proof/scripts/fresh.sh", quiet+"exec \"$@\"\n")
	// Building succeeds, whatever becomes of the proof.
	pretend := quiet + `[ "$1" = build ] || [ "$1" = ci ] && { mkdir -p node_modules; exit 0; }
case $PROOF in
fails) exit 1 ;;
edits) echo edited >business/x.go ;;
esac
`
	for _, name := range []string{"go", "node", "npm"} {
		check(t, os.WriteFile(filepath.Join(r.tools, name), []byte(pretend), 0o755))
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.com",
		"-c", "commit.gpgsign=false", "commit", "-q", "-m", "first"}} {
		if out, err := r.run(t, "git", args...); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return r
}

func (r repo) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(r.dir, name)
	check(t, os.MkdirAll(filepath.Dir(name), 0o755))
	check(t, os.WriteFile(name, []byte(text), 0o755))
}

func (r repo) run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = r.dir
	// Neither the flags of a make that runs this test, nor a git that does.
	for _, e := range cmd.Environ() {
		if !strings.HasPrefix(e, "MAKE") && !strings.HasPrefix(e, "MFLAGS=") && !strings.HasPrefix(e, "GIT_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "TESTFLAGS=", "BENCHFLAGS=", "PATH="+r.tools+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// make runs a target; what PROOF says reaches the programs that pretend.
func (r repo) make(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return r.run(t, "make", args...)
}

// table is what `make proofs` says of each proof.
func (r repo) table(t *testing.T) map[string]string {
	t.Helper()
	out, err := r.make(t, "proofs")
	if err != nil {
		t.Fatalf("make proofs: %v\n%s", err, out)
	}
	lines := map[string]string{}
	for line := range strings.Lines(out) {
		name, says, _ := strings.Cut(strings.TrimSpace(line), " ")
		lines[name] = strings.TrimSpace(says)
	}
	return lines
}

func want(t *testing.T, name, got, want string) {
	t.Helper()
	if !regexp.MustCompile(want).MatchString(got) {
		t.Errorf("make proofs says of %s: %q, want %s", name, got, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
