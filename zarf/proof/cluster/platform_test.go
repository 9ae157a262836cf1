//go:build cluster

package cluster

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/foundation/testenv"
)

// Both overlays are accepted by the API server, and the namespace lets in nothing that is not restricted.
func TestOverlays(t *testing.T) {
	install(t)
	for _, overlay := range []string{"dev", "prod"} {
		out := run(t, command("KUBECTL", "kubectl", "apply", "-k", "zarf/deploy/k8s/"+overlay, "--dry-run=server"))
		show(t, "dry run of "+overlay, fmt.Sprint(strings.Count(out, "\n"), " objects accepted"))
	}
	for what, args := range map[string][]string{
		"a pod as root":      {},
		"a privileged pod":   {"--privileged"},
		"a pod with no user": {"--env=A=b"},
	} {
		_, err := output(
			command("KUBECTL", "kubectl",
				append([]string{"--namespace", namespace, "run", "refused", "--image=garagesale/sales:dev", "--dry-run=server"},
					args...)...))
		if err == nil || !strings.Contains(err.Error(), "violates PodSecurity") {
			t.Errorf("%s is let in: %v", what, err)
		}
	}
	show(t, "Pod Security restricted", "enforced")
}

// otherNode is a node that a sales pod runs on and the database does not; the load comes from the database's.
func otherNode(t *testing.T) string {
	t.Helper()
	database := pods(t, "postgres")[0].Spec.NodeName
	var other string
	await(t, 3*time.Minute, "a pod on a node without the database", func() bool {
		for _, p := range pods(t, "sales") {
			if _, ok := p.ready(); ok && p.Spec.NodeName != database {
				other = p.Spec.NodeName
				return true
			}
		}
		kubectl(t, "rollout", "restart", "deployment/sales")
		rolledOut(t)
		return false
	})
	startLoad(t, database)
	return other
}

func twoNodes(t *testing.T) {
	t.Helper()
	if n := len(
		strings.Fields(kubectl(t, "get", "nodes", "-o", "name", "-l", "!node-role.kubernetes.io/control-plane"))); n < 2 {
		testenv.Lacks(t, "needs two nodes that take pods")
	}
}

// A drained node costs nobody a request.
func TestDrain(t *testing.T) {
	install(t)
	twoNodes(t)
	node := otherNode(t)
	header(t)
	end := begin(t, rate())
	time.Sleep(3 * time.Second)
	defer kubectl(t, "uncordon", node)
	run(t, command("KUBECTL", "kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s"))
	time.Sleep(10 * time.Second)
	r := end()
	r.show(t, "a node drained")
	if r.Failed > r.Failures["no such name"] { // the cluster's only DNS server may have stood on that node
		t.Errorf("%d of %d requests failed: %v %q", r.Failed, r.Requests, r.Failures, r.Texts)
	}
	if n := readyOn(t, node); n > 0 {
		t.Errorf("%d pods still on the drained node", n)
	}
	r.whole(t)
}

// A node that dies takes its pods' requests with it, and no sale; its pods serve elsewhere within 90 s.
func TestNodeKilled(t *testing.T) {
	install(t)
	twoNodes(t)
	node := otherNode(t)
	header(t)
	end := begin(t, rate(), "-timeout=5s")
	time.Sleep(3 * time.Second)
	run(t, command("NODE_STOP", "docker kill", node))
	database := pods(t, "postgres")[0].Spec.NodeName
	took := await(t, 3*time.Minute, "its pods serve elsewhere", func() bool { return readyOn(t, database) >= 2 })
	r := end()
	r.show(t, "a node killed")
	show(t, "its pods serve elsewhere", fmt.Sprintf("after %.0f s", took.Seconds()))
	if took > 90*time.Second {
		t.Errorf("its pods served elsewhere after %v, want 90 s", took)
	}
	r.whole(t)
	run(t, command("NODE_START", "docker start", node))
	kubectl(t, "wait", "--for=condition=Ready", "node/"+node, "--timeout=120s")
}

// The autoscaler adds pods under load and takes them away again.
func TestScales(t *testing.T) {
	install(t)
	if _, err := output(command("KUBECTL", "kubectl", "top", "nodes")); err != nil {
		t.Skip("no metrics-server in this cluster")
	}
	before := readyOn(t, "")
	end := begin(t, "-conns=64")
	up := await(t, 4*time.Minute, "more pods", func() bool { return readyOn(t, "") > 2 })
	most := readyOn(t, "")
	r := end()
	down := await(t, 5*time.Minute, "two pods again", func() bool { return readyOn(t, "") == 2 })
	show(t, "pods", fmt.Sprintf("%d → %d after %.0f s of load → 2 after %.0f s without", before, most, up.Seconds(),
		down.Seconds()))
	r.whole(t)
}

// The chart comes, changes, goes back and goes, in place of the overlay, and leaves nothing.
func TestChart(t *testing.T) {
	install(t)
	kubectl(t, "delete", "-l", "app.kubernetes.io/name=sales",
		"deployment,service,hpa,pdb,networkpolicy,serviceaccount,configmap", "--wait")
	secret := strings.TrimPrefix(strings.Fields(kubectl(t, "get", "secret", "-o", "name"))[0], "secret/")
	for name := range strings.FieldsSeq(kubectl(t, "get", "secret", "-o", "name")) {
		if strings.HasPrefix(name, "secret/sales-database") {
			secret = strings.TrimPrefix(name, "secret/")
		}
	}
	defer dev(t)
	helm := func(args ...string) string {
		return run(t, command("HELM", "helm", append(args, "--namespace", namespace)...))
	}
	values := []string{"--set", "image.registry=garagesale", "--set", "image.tag=dev", "--set",
		"trustedProxies=127.0.0.1/32", "--set", "database.secret=" + secret, "--wait", "--timeout=5m",
		"--set-string", "settings.SALES_QUOTA_MARKETS=100000"} // each load before this one made its markets
	helm(append([]string{"install", "sales", "zarf/deploy/helm/sales"}, values...)...)
	header(t)
	end := begin(t, rate())
	helm(append([]string{"upgrade", "sales", "zarf/deploy/helm/sales", "--set-string", "settings.SALES_DB_MAX_CONNS=7"},
		values...)...)
	if got := kubectl(t, "get", "configmap", "sales-settings", "-o", "jsonpath={.data.SALES_DB_MAX_CONNS}"); got != "7" {
		t.Errorf("after the upgrade the setting is %q", got)
	}
	helm("rollback", "sales", "1", "--wait", "--timeout=5m")
	if got := kubectl(t, "get", "configmap", "sales-settings", "-o", "jsonpath={.data.SALES_DB_MAX_CONNS}"); got != "8" {
		t.Errorf("after the rollback the setting is %q", got)
	}
	r := end()
	r.show(t, "helm upgrade and rollback")
	if r.Failed > 0 {
		t.Errorf("%d of %d requests failed: %v %q", r.Failed, r.Requests, r.Failures, r.Texts)
	}
	r.whole(t)
	helm("uninstall", "sales", "--wait")
	await(t, time.Minute, "nothing is left", func() bool {
		return kubectl(t, "get", "-l", "app.kubernetes.io/name=sales",
			"all,hpa,pdb,networkpolicy,serviceaccount,configmap,ingress", "-o", "name") == ""
	})
	show(t, "helm uninstall", "leaves nothing")
}

// The compose file is valid, as far as the client alone can say.
func TestCompose(t *testing.T) {
	if exec.Command("docker", "compose", "version").Run() != nil {
		testenv.Lacks(t, "no docker compose")
	}
	cmd := exec.Command("docker", "compose", "-f", "zarf/deploy/compose/docker-compose.yaml", "config", "--quiet")
	cmd.Dir = root
	run(t, cmd)
}
