package images_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// pipeline is what the tests read of .circleci/config.yml.
type pipeline struct {
	Jobs      map[string]struct{ Steps []any }
	Workflows map[string]struct {
		Jobs []map[string]struct{ Context any }
	}
}

// download is a command that brings a program by hand, past the sums of go.sum.
var download = regexp.MustCompile(`\b(curl|wget)\b|\|\s*(sudo\s+)?(ba)?sh\b`)

// unsafe lists what the pipeline does that it must not: download by hand, give a context to a job that runs code of the
// repository beside the production kubeconfig, or the registry's password to a test.
func unsafe(t *testing.T, config string) (list []string) {
	t.Helper()
	var p pipeline
	if err := yaml.Unmarshal([]byte(config), &p); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(config) {
		if download.MatchString(line) && !strings.Contains(line, "apt-get install") { // its packages are signed
			list = append(list, "a download by hand: "+strings.TrimSpace(line))
		}
	}
	allowed := map[string][]string{"push": {"registry"}, "render": {"registry"}, "deploy": {"production"}}
	for _, w := range p.Workflows {
		for _, entry := range w.Jobs {
			for name, job := range entry {
				for _, context := range contexts(job.Context) {
					if !slices.Contains(allowed[name], context) {
						list = append(list, name+" has the context "+context)
					}
				}
			}
		}
	}
	if slices.Contains(p.Jobs["deploy"].Steps, any("checkout")) {
		list = append(list, "deploy has the repository's code beside the production kubeconfig")
	}
	return list
}

func contexts(v any) (list []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			list = append(list, fmt.Sprint(x))
		}
	}
	return list
}

func TestPipelineIsSafe(t *testing.T) {
	t.Parallel()
	config := text(t, root+"/.circleci/config.yml")
	for _, what := range unsafe(t, config) {
		t.Error(what)
	}
	for _, c := range []struct{ old, change string }{
		{"      - run: make lint", "      - run: curl -sSfL https://example.com/install.sh | sh"},
		{"- test: *always", "- test: {context: production}"},
		{"context: production", "context: [registry, production]"},
		{"deploy:\n    executor: go\n    steps:", "deploy:\n    executor: go\n    steps:\n      - checkout"},
	} {
		if !strings.Contains(config, c.old) {
			t.Errorf("the pipeline has no %q to change", c.old)
		}
		if len(unsafe(t, strings.Replace(config, c.old, c.change, 1))) == 0 {
			t.Errorf("not noticed: %s", c.change)
		}
	}
}

// TestPush runs what pushes, with stand-ins for docker and cosign: each image is signed and attested by the digest that
// the registry gave, never by a tag.
func TestPush(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("zarf/deploy/docker/push.sh", text(t, root+"/zarf/deploy/docker/push.sh"))
	for _, name := range []string{"sales", "metrics", "sales-admin"} {
		write(".data/images/"+name+".tar", "")
	}
	digest := "sha256:" + strings.Repeat("0f", 32)
	write("bin/docker", `#!/bin/sh
echo "docker $*" >>"$CALLS"
[ "$1 $2" != "image inspect" ] || printf '%s\n' "other.example.com/x@`+digest+`" "${5%:*}@`+digest+`"
`)
	write("bin/cosign", `#!/bin/sh
echo "cosign $*" >>"$CALLS"
`)
	calls := filepath.Join(dir, "calls")
	cmd := exec.Command(filepath.Join(dir, "zarf/deploy/docker/push.sh"))
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "CALLS="+calls,
		"REGISTRY=registry.example.com/garagesale", "CIRCLE_TAG=v1.2.3", "CIRCLE_SHA1=abc",
		"CIRCLE_BUILD_URL=https://example.com/1", "CIRCLE_REPOSITORY_URL=https://example.com/r")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var digests strings.Builder
	for _, name := range []string{"sales", "metrics", "sales-admin"} {
		image := "registry.example.com/garagesale/" + name + "@" + digest
		fmt.Fprintf(&digests, "%s %s\n", name, image)
		for _, call := range []string{
			"docker push registry.example.com/garagesale/" + name + ":1.2.3", "cosign sign --yes " + image,
			"cosign attest --yes --type cyclonedx --predicate " + name + ".cdx.json " + image,
			"cosign attest --yes --type slsaprovenance1 --predicate provenance.json " + image,
		} {
			if !strings.Contains(text(t, calls), call+"\n") {
				t.Errorf("missing: %s", call)
			}
		}
	}
	if got := text(t, filepath.Join(dir, ".data/images/digests")); got != digests.String() {
		t.Errorf("digests are %q, want %q", got, digests.String())
	}
	provenance := text(t, filepath.Join(dir, ".data/images/provenance.json"))
	if !json.Valid([]byte(provenance)) || !strings.Contains(provenance, `"gitCommit": "abc"`) {
		t.Errorf("the provenance is no JSON, or does not name the commit: %s", provenance)
	}
}
