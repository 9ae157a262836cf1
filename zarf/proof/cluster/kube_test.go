//go:build cluster

// Package cluster shows on a real Kubernetes, of the current kubeconfig, what the manifests promise: `make
// cluster-test`. The tests change that cluster; they run one after another, over one installation of the dev overlay.
package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	root      = "../../.."
	namespace = "sales"
)

// variable is a setting of the run: a command of several words, or a word.
func variable(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// command is one that a variable names, with arguments.
func command(name, otherwise string, args ...string) *exec.Cmd {
	words := append(strings.Fields(variable(name, otherwise)), args...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = root
	return cmd
}

func output(cmd *exec.Cmd) (string, error) {
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(errOut.String()))
	}
	return out.String(), nil
}

func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, command("KUBECTL", "kubectl", append([]string{"--namespace", namespace}, args...)...))
}

func apply(t *testing.T, manifest string) {
	t.Helper()
	cmd := command("KUBECTL", "kubectl", "--namespace", namespace, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	run(t, cmd)
}

// get reads objects into out.
func get(t *testing.T, out any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(kubectl(t, append([]string{"get", "-o", "json"}, args...)...)), out); err != nil {
		t.Fatal(err)
	}
}

// await asks until it is so.
func await(t *testing.T, within time.Duration, what string, so func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !so() {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(250 * time.Millisecond)
	}
	return time.Since(began)
}

func rolledOut(t *testing.T) {
	t.Helper()
	kubectl(t, "rollout", "status", "deployment/sales", "--timeout", "300s")
}

// pod is what the tests look at of one.
type pod struct {
	Metadata struct {
		Name              string
		DeletionTimestamp *time.Time
	}
	Spec   struct{ NodeName string }
	Status struct {
		Phase      string
		Conditions []struct {
			Type, Status       string
			LastTransitionTime time.Time
		}
		ContainerStatuses, InitContainerStatuses []struct {
			Name         string
			RestartCount int
			Ready        bool
			LastState    struct{ Terminated *struct{ Reason string } }
			State        struct {
				Running    *struct{ StartedAt time.Time }
				Terminated *struct{ Reason string }
			}
		}
	}
}

func pods(t *testing.T, name string) []pod {
	t.Helper()
	var list struct{ Items []pod }
	get(t, &list, "pods", "-l", "app.kubernetes.io/name="+name)
	return list.Items
}

// ready is when the pod became so.
func (p pod) ready() (time.Time, bool) {
	for _, c := range p.Status.Conditions {
		if c.Type == "Ready" && c.Status == "True" && p.Metadata.DeletionTimestamp == nil {
			return c.LastTransitionTime, true
		}
	}
	return time.Time{}, false
}

// restarts counts those of the pods that are there, and tells whether one of them was for memory.
func restarts(list []pod) (n int, oom bool) {
	for _, p := range list {
		for _, c := range append(p.Status.ContainerStatuses, p.Status.InitContainerStatuses...) {
			if c.Name == "migrate" || c.Name == "seed" {
				continue
			}
			n += c.RestartCount
			oom = oom || c.LastState.Terminated != nil && c.LastState.Terminated.Reason == "OOMKilled"
		}
	}
	return n, oom
}

var installed sync.Once

// install builds the images, applies the dev overlay and starts the pod that the load comes from. Everything stays; the
// next run finds it.
func install(t *testing.T) {
	t.Helper()
	installed.Do(func() {
		there := strings.Fields(variable("IMAGES_LOADED", "")) // by an earlier run
		for _, target := range []string{"sales", "metrics", "sales-admin", "sales-load"} {
			if slices.Contains(there, target) {
				continue
			}
			name := "garagesale/" + target + ":dev"
			run(t, command("IMAGE_BUILD", "docker build", "-t", name, "-f", "zarf/deploy/docker/Dockerfile", "--target", target,
				"."))
			run(t, command("IMAGE_LOAD", "kind load docker-image", name))
		}
		dev(t)
		startLoad(t, "")
	})
}

// dev applies the dev overlay and waits for it.
func dev(t *testing.T) {
	t.Helper()
	run(t, command("KUBECTL", "kubectl", "apply", "-f", "zarf/deploy/k8s/dev/sales/namespace.yaml"))
	if _, err := output(command("KUBECTL", "kubectl", "--namespace", namespace, "get", "secret",
		"sales-keys")); err != nil {
		keys := t.TempDir()
		genkey := exec.Command("go", "run", "./api/tooling/sales-admin", "genkey")
		genkey.Dir, genkey.Env = root, append(os.Environ(), "SALES_AUTH_KEYS="+keys)
		run(t, genkey)
		kubectl(t, "create", "secret", "generic", "sales-keys", "--from-file", keys)
	}
	run(t, command("KUBECTL", "kubectl", "apply", "-k", "zarf/deploy/k8s/dev"))
	kubectl(t, "rollout", "status", "statefulset/postgres", "--timeout", "300s")
	rolledOut(t)
	await(t, 2*time.Minute, "two pods are ready", func() bool { return readyOn(t, "") >= 2 })
}

// readyOn counts the service's ready pods, on one node or on all.
func readyOn(t *testing.T, node string) (n int) {
	t.Helper()
	for _, p := range pods(t, "sales") {
		if _, ok := p.ready(); ok && (node == "" || p.Spec.NodeName == node) {
			n++
		}
	}
	return n
}

// show prints a table, as its rows come.
func show(t *testing.T, columns ...any) {
	t.Helper()
	var b strings.Builder
	for i, c := range columns {
		width := 13
		if i == 0 {
			width = 34
		}
		fmt.Fprintf(&b, "%-*v", width, c)
	}
	_, _ = fmt.Fprintln(os.Stdout, "| "+b.String())
}
