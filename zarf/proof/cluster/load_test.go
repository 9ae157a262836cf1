//go:build cluster

package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

// report is what sales-load says of a run.
type report struct {
	Seconds                                           float64
	Requests, Failed                                  int
	PerSecond                                         float64
	P50                                               float64 `json:"p50ms"`
	P99                                               float64 `json:"p99ms"`
	Max                                               float64 `json:"maxms"`
	Failures                                          map[string]int
	Texts                                             []string
	Gaps                                              []gap
	Repeated, Unsettled, Acknowledged, Recorded, Lost int
	Doubled, WrongStock                               int
	Streams, Cuts, Events, Misheard                   int
	Webhooks, Delivered, Redelivered, Undelivered     int
}

type gap struct {
	From, To time.Time
	Seconds  float64
}

const loadPod = `
apiVersion: v1
kind: Pod
metadata:
  name: load
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  nodeName: "NODE"
  securityContext:
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: load
      image: garagesale/sales-load:dev
      imagePullPolicy: IfNotPresent
      args: [-idle]
      securityContext:
        allowPrivilegeEscalation: false
        capabilities: {drop: [ALL]}
`

// startLoad makes the pod that the load comes from, on a certain node or on any.
func startLoad(t *testing.T, node string) {
	t.Helper()
	kubectl(t, "delete", "pod", "load", "--ignore-not-found", "--wait")
	manifest := strings.Replace(loadPod, `  nodeName: "NODE"`+"\n", "", 1)
	if node != "" {
		manifest = strings.Replace(loadPod, "NODE", node, 1)
	}
	apply(t, manifest)
	kubectl(t, "wait", "--for=condition=Ready", "pod/load", "--timeout=60s")
}

// begin starts a load and returns when it runs; the function it returns ends it and says what it saw.
func begin(t *testing.T, args ...string) func() report {
	t.Helper()
	cmd := command("KUBECTL", "kubectl",
		append([]string{"--namespace", namespace, "exec", "-i", "load", "--", "/sales-load", "-url", "http://sales"},
			args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	errOut, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewReader(errOut)
	if line, err := lines.ReadString('\n'); !strings.Contains(line, "started") {
		rest, _ := io.ReadAll(lines)
		t.Fatalf("the load did not start: %v: %s%s", err, line, rest)
	}
	return func() report {
		t.Helper()
		_ = in.Close()
		rest, _ := io.ReadAll(lines)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("load: %v: %s", err, rest)
		}
		var r report
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("load: %v: %s", err, out.String())
		}
		return r
	}
}

// whole fails the test unless every sale is there, once.
func (r report) whole(t *testing.T) {
	t.Helper()
	if r.Acknowledged == 0 || r.Lost > 0 || r.Doubled > 0 || r.Unsettled > 0 || r.WrongStock > 0 ||
		r.Recorded != r.Acknowledged {
		t.Errorf("sales: %d acknowledged, %d recorded, %d lost, %d doubled, %d unsettled, %d products with a wrong count",
			r.Acknowledged, r.Recorded, r.Lost, r.Doubled, r.Unsettled, r.WrongStock)
	}
}

func (r report) show(t *testing.T, what string) {
	t.Helper()
	show(t, what, r.Requests, r.Failed, r.Acknowledged, r.Lost, r.Doubled, int(r.P99), r.Failures)
}

func header(t *testing.T) {
	t.Helper()
	show(t, "", "requests", "failed", "sales", "lost", "doubled", "p99 ms", "failures")
}
