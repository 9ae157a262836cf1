//go:build cluster

package cluster

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rate is moderate: the question is whether a request fails, not how many there can be.
func rate() string { return "-rate=" + variable("RATE", "100") }

// The pod is what it should be: migrated, with its sidecar serving, and it sells.
func TestShips(t *testing.T) {
	install(t)
	for _, p := range pods(t, "sales") {
		if _, ok := p.ready(); !ok {
			continue
		}
		for _, c := range p.Status.InitContainerStatuses {
			switch {
			case c.Name == "metrics" && (c.State.Running == nil || !c.Ready):
				t.Errorf("%s: the sidecar does not run", p.Metadata.Name)
			case c.Name != "metrics" && (c.State.Terminated == nil || c.State.Terminated.Reason != "Completed"):
				t.Errorf("%s: init container %s is not done", p.Metadata.Name, c.Name)
			}
		}
		metrics := kubectl(t, "get", "--raw", "/api/v1/namespaces/"+namespace+"/pods/"+p.Metadata.Name+":4000/proxy/metrics")
		if !strings.Contains(metrics, variable("METRIC", "http_server_request")) {
			t.Errorf("%s: the sidecar's metrics: %.200s", p.Metadata.Name, metrics)
		}
	}
	may := kubectl(t, "exec", "postgres-0", "--", "env", "PGPASSWORD=sales", "psql", "-h", "127.0.0.1", "-U", "sales", "-d", "sales",
		"-tAc", `SELECT has_table_privilege('audit', 'UPDATE') OR has_table_privilege('ledger_entries', 'DELETE')`)
	if strings.TrimSpace(may) != "f" {
		t.Errorf("whether the service's login may change what is only appended: %q, want f", may)
	}
	forward := command("KUBECTL", "kubectl", "--namespace", namespace, "port-forward", "service/sales", "38080:80")
	if err := forward.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = forward.Process.Kill(); _ = forward.Wait() }()
	demo := exec.Command("zarf/proof/scripts/demo.sh")
	demo.Dir = root
	demo.Env = append(demo.Environ(), "SALES_URL=http://127.0.0.1:38080")
	await(t, 10*time.Second, "the forwarded port", func() bool {
		return exec.Command("curl", "-sf", "http://127.0.0.1:38080/v1/readiness").Run() == nil
	})
	if out := run(t, demo); !strings.Contains(out, "All is well") {
		t.Errorf("the demo sale: %s", out)
	}
	show(t, "the pod", "ready, with its sidecar; the demo sale works")
}

// A rollout loses no request, and neither who listens nor a receiver of webhooks misses anything.
func TestRollingRestarts(t *testing.T) {
	install(t)
	count, err := strconv.Atoi(variable("RESTARTS", "10"))
	if err != nil {
		t.Fatal(err)
	}
	receiver := strings.TrimSpace(kubectl(t, "get", "pod", "load", "-o", "jsonpath={.status.podIP}"))
	defer func() {
		kubectl(t, "set", "env", "deployment/sales", "SALES_WEBHOOKS_ALLOW-")
		rolledOut(t)
	}()
	kubectl(t, "set", "env", "deployment/sales", "SALES_WEBHOOKS_ALLOW="+receiver+"/32")
	rolledOut(t)
	header(t)
	end := begin(t, rate(), "-streams=500", "-webhooks=5", "-hook-host="+receiver+":4222") // a port that pods may go out to
	for range count {
		kubectl(t, "rollout", "restart", "deployment/sales")
		rolledOut(t)
	}
	r := end()
	r.show(t, fmt.Sprint(count, " rolling restarts"))
	if r.Failed > 0 {
		t.Errorf("%d of %d requests failed: %v %q", r.Failed, r.Requests, r.Failures, r.Texts)
	}
	r.whole(t)
	t.Logf("%d streams were cut %d times, and heard %d events", r.Streams, r.Cuts, r.Events)
	if r.Streams != 500 || r.Cuts < r.Streams || r.Events == 0 || r.Misheard > 0 {
		t.Errorf("%d of %d streams did not hear all of %d events once and in order; cut %d times", r.Misheard, r.Streams,
			r.Events, r.Cuts)
	}
	t.Logf("%d webhooks got %d events, %d of them again", r.Webhooks, r.Delivered, r.Redelivered)
	if r.Webhooks != 5 || r.Delivered == 0 || r.Undelivered > 0 {
		t.Errorf("%d of %d webhooks did not get all events in order: %q", r.Undelivered, r.Webhooks, r.Texts)
	}
}

// A pod that is gone at once takes the requests it has with it, and nothing else; with their keys they succeed.
func TestPodKilled(t *testing.T) {
	install(t)
	await(t, time.Minute, "two pods are ready", func() bool { return readyOn(t, "") >= 2 })
	header(t)
	end := begin(t, rate())
	for range 3 {
		time.Sleep(3 * time.Second)
		for _, p := range pods(t, "sales") {
			if _, ok := p.ready(); ok {
				kubectl(t, "delete", "pod", p.Metadata.Name, "--force", "--grace-period=0")
				break
			}
		}
		await(t, time.Minute, "two pods are ready", func() bool { return readyOn(t, "") >= 2 })
	}
	r := end()
	r.show(t, "3 pods deleted by force")
	for kind := range r.Failures {
		if !strings.HasPrefix(kind, "connection ") && kind != "timeout" {
			t.Errorf("%q: only the connections of the pod may fail: %q", kind, r.Texts)
		}
	}
	r.whole(t)
}

// Without a database the answer is 503, nothing restarts, and all is well as soon as there is one.
func TestDatabaseKilled(t *testing.T) {
	install(t)
	await(t, time.Minute, "two pods are ready", func() bool { return readyOn(t, "") >= 2 })
	before, _ := restarts(pods(t, "sales"))
	header(t)
	end := begin(t, rate())
	time.Sleep(5 * time.Second)
	killed := time.Now()
	kubectl(t, "delete", "pod", "postgres-0", "--force", "--grace-period=0")
	var back time.Time
	await(t, 2*time.Minute, "the database is ready", func() bool {
		for _, p := range pods(t, "postgres") {
			if at, ok := p.ready(); ok && at.After(killed.Add(-time.Second)) {
				back = at
				return true
			}
		}
		return false
	})
	time.Sleep(10 * time.Second)
	r := end()
	r.show(t, "the database killed")
	for kind := range r.Failures {
		if kind != "status 503" {
			t.Errorf("%q while there was no database; want 503: %q", kind, r.Texts)
		}
	}
	if after, _ := restarts(pods(t, "sales")); after != before {
		t.Errorf("the service was restarted %d times", after-before)
	}
	if len(r.Gaps) == 0 {
		t.Error("nobody noticed that the database was gone")
	}
	for _, g := range r.Gaps {
		after := g.To.Sub(back).Seconds()
		show(t, fmt.Sprintf("no success for %.1f s", g.Seconds),
			fmt.Sprintf("first success %.1f s after it was ready (to the second)", after))
		if after > 5 {
			t.Errorf("the first success came %.1f s after the database was ready, want 5", after)
		}
	}
	r.whole(t)
}

// What the service makes of its limits.
func TestLimits(t *testing.T) {
	install(t)
	defer func() {
		kubectl(t, "set", "env", "deployment/sales", "OTEL_TRACES_SAMPLER-")
		dev(t)
	}()
	kubectl(t, "set", "env", "deployment/sales", "OTEL_TRACES_SAMPLER=always_off") // tracing has figures of its own
	kubectl(t, "patch", "hpa", "sales", "-p", `{"spec":{"minReplicas":1,"maxReplicas":1}}`)
	show(t, "cpu, memory", "GOMAXPROCS", "requests/s", "p50 ms", "p99 ms", "failed", "restarts", "OOM kills")
	type limit struct{ cpu, memory string }
	var limits []limit
	for cpu := range strings.FieldsSeq(variable("CPUS", "250m 500m 1 2")) {
		limits = append(limits, limit{cpu, "256Mi"})
	}
	for memory := range strings.FieldsSeq(variable("MEMORIES", "64Mi 128Mi 256Mi")) {
		limits = append(limits, limit{"1", memory})
	}
	for _, l := range limits {
		patch := map[string]any{
			"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
				"name": "sales", "resources": map[string]any{
					"requests": map[string]any{"cpu": "100m", "memory": l.memory},
					"limits":   map[string]any{"cpu": l.cpu, "memory": l.memory},
				},
			}}}}}}
		raw, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		kubectl(t, "patch", "deployment", "sales", "-p", string(raw))
		rolledOut(t)
		await(t, 2*time.Minute, "one pod", func() bool { return len(pods(t, "sales")) == 1 && readyOn(t, "") == 1 })
		var info struct{ GOMAXPROCS int }
		if err := json.Unmarshal(
			[]byte(kubectl(t, "get", "--raw", // from the probes' listener; the API tells the public nothing
				"/api/v1/namespaces/"+namespace+"/pods/"+pods(t, "sales")[0].Metadata.Name+":3001/proxy/v1/liveness")),
			&info); err != nil {
			t.Fatal(err)
		}
		r := begin(t, "-conns=128", "-for="+variable("LIMITS_FOR", "15s"))()
		n, oom := restarts(pods(t, "sales"))
		show(t, l.cpu+", "+l.memory, info.GOMAXPROCS, int(r.PerSecond), int(r.P50), int(r.P99), r.Failed, n, oom)
		if l.memory != "64Mi" && (oom || n > 0) {
			t.Errorf("%v: %d restarts, OOM %v", l, n, oom)
		}
		r.whole(t)
	}
}
