// Package images_test keeps the images buildable where there is no Docker: whatever a program of the Dockerfile is
// built from must be let through by .dockerignore and copied into the stage that builds.
package images_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root       = "../../.."
	dockerfile = root + "/zarf/deploy/docker/Dockerfile"
	ignorefile = root + "/.dockerignore"
)

func TestImagesHaveTheirSources(t *testing.T) {
	t.Parallel()
	docker, ignore := text(t, dockerfile), text(t, ignorefile)
	for _, file := range missing(docker, ignore, sources(t, docker)) {
		t.Errorf("%s is needed to build an image, and .dockerignore or the COPY of the Dockerfile leaves it out", file)
	}
}

// TestMissingSourcesAreNoticed is the negative control: each folder taken out of the list of .dockerignore, a kind of
// file that is embedded, and a COPY that forgets a folder.
func TestMissingSourcesAreNoticed(t *testing.T) {
	t.Parallel()
	docker, ignore := text(t, dockerfile), text(t, ignorefile)
	files := sources(t, docker)
	let := regexp.MustCompile(`(?m)^!(.+)\n`).FindAllStringSubmatch(ignore, -1)
	if len(let) < 4 {
		t.Fatalf("%d paths are let through by .dockerignore, want at least the layers of the code: %q", len(let), let)
	}
	for _, l := range let {
		got := missing(docker, strings.Replace(ignore, l[0], "", 1), files)
		if !slices.ContainsFunc(got, func(f string) bool { return f == l[1] || strings.HasPrefix(f, l[1]+"/") }) {
			t.Errorf("%s taken out of .dockerignore is not noticed: got %d files missing", l[1], len(got))
		}
	}
	const migrations = "business/sdk/migrate/"
	got := missing(docker, ignore+"**/*.sql\n", files)
	if len(got) == 0 || !strings.HasPrefix(got[0], migrations) {
		t.Errorf("embedded files left out by .dockerignore: got %q missing, want those of %s", got, migrations)
	}
	narrow := strings.Replace(docker, "COPY . .",
		"COPY go.mod go.sum ./\nCOPY vendor vendor\nCOPY api api\nCOPY app app\nCOPY business business", 1)
	got = missing(narrow, ignore, files)
	if len(got) == 0 || slices.ContainsFunc(got, func(f string) bool { return !strings.HasPrefix(f, "foundation/") }) {
		t.Errorf("a COPY without foundation: got %q missing, want its files and no others", got)
	}
}

var (
	goBuild = regexp.MustCompile(`(?m)\bgo build .*?(\./\S+)$`)
	copied  = regexp.MustCompile(`(?m)^COPY ((?:[^-\s]\S* )+)\S+$`) // not those --from another stage
)

// sources are the files, below the root, that the programs of the Dockerfile are built from.
func sources(t *testing.T, docker string) []string {
	t.Helper()
	args := []string{"list", "-deps",
		"-json=Standard,Dir,GoFiles,CFiles,CXXFiles,HFiles,SFiles,SysoFiles,EmbedFiles"}
	for _, m := range goBuild.FindAllStringSubmatch(docker, -1) {
		args = append(args, m[1])
	}
	if n := len(args) - 3; n != strings.Count(docker, "ENTRYPOINT") || n == 0 {
		t.Fatalf("%d programs are built in the Dockerfile, %d are started by it", n, strings.Count(docker, "ENTRYPOINT"))
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	top, err := filepath.Abs(root)
	check(t, err)
	files := []string{"go.mod", "go.sum", "vendor/modules.txt"}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Standard                                                         bool
			Dir                                                              string
			GoFiles, CFiles, CXXFiles, HFiles, SFiles, SysoFiles, EmbedFiles []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Standard {
			continue
		}
		dir, err := filepath.Rel(top, p.Dir)
		check(t, err)
		files = append(files, dir)
		for _, list := range [][]string{p.GoFiles, p.CFiles, p.CXXFiles, p.HFiles, p.SFiles, p.SysoFiles, p.EmbedFiles} {
			for _, f := range list {
				files = append(files, filepath.Join(dir, f))
			}
		}
	}
	// Looked at here too, not by `go list` alone: `go test` keeps a pass as long as the files that the test itself saw are
	// the same.
	for _, f := range files {
		_, err := os.Stat(filepath.Join(root, f))
		check(t, err)
	}
	slices.Sort(files)
	return files
}

// missing are those of the files that do not reach the stage that builds.
func missing(docker, ignore string, files []string) (left []string) {
	var from []string
	for _, m := range copied.FindAllStringSubmatch(docker, -1) {
		from = append(from, strings.Fields(m[1])...)
	}
	rules := parse(ignore)
	for _, f := range files {
		in := slices.ContainsFunc(from, func(dir string) bool {
			return dir == "." || f == dir || strings.HasPrefix(f, dir+"/")
		})
		if !in || ignored(rules, f) {
			left = append(left, f)
		}
	}
	return left
}

// pattern is a line of .dockerignore.
type pattern struct {
	re  *regexp.Regexp
	let bool // the line begins with !
}

// parse reads .dockerignore: * stands for a part of a name, ** for any folders, and a line means all that lies below.
func parse(ignore string) (rules []pattern) {
	wild := strings.NewReplacer(`\*\*/`, `(.*/)?`, `\*\*`, `.*`, `\*`, `[^/]*`, `\?`, `[^/]`)
	for line := range strings.Lines(ignore) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line, let := strings.CutPrefix(line, "!")
		line = strings.Trim(line, "/")
		rules = append(rules, pattern{regexp.MustCompile("^" + wild.Replace(regexp.QuoteMeta(line)) + "(/.*)?$"), let})
	}
	return rules
}

// ignored tells whether .dockerignore keeps a path out: the last line that fits it decides.
func ignored(rules []pattern, path string) (out bool) {
	for _, r := range rules {
		if r.re.MatchString(path) {
			out = !r.let
		}
	}
	return out
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	check(t, err)
	return string(b)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
