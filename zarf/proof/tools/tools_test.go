// Package tools holds the programs that check the manifests, in a module of their own so that the service does not
// depend on what they depend on, and the tests that need them. They are built from source, so no test is skipped for
// want of one.
package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// tool runs one of this module's tools and returns its output.
func tool(args ...string) ([]byte, error) {
	var out, errOut bytes.Buffer
	cmd := exec.Command("go", append([]string{"tool"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return out.Bytes(), nil
}

// proxies is what the overlay has where the production's own prefixes go.
const proxies = "prefix-of-the-ingress-controller"

func chart(t *testing.T, args ...string) map[string]any {
	t.Helper()
	out, err := tool(
		append([]string{"helm", "template", "sales", "../../deploy/helm/sales", "--namespace", "sales", "--kube-version",
			"1.34.0", "--set", "trustedProxies=" + proxies},
			args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return objects(t, out)
}

// objects are the manifests by kind and name, as plain values.
func objects(t *testing.T, manifests []byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	for doc := range strings.SplitSeq(string(manifests), "\n---\n") {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatalf("%v:\n%s", err, doc)
		}
		if o == nil {
			continue
		}
		meta := o["metadata"].(map[string]any)
		all[fmt.Sprint(o["kind"], " ", plainName(meta["name"].(string)))] = normal("", o)
	}
	return all
}

// plainName is without the hash that kustomize adds to the names of what it generates.
func plainName(name string) string {
	for _, generated := range []string{"sales-settings"} {
		if strings.HasPrefix(name, generated+"-") {
			return generated
		}
	}
	return name
}

// normal makes two manifests that mean the same equal: a list whose members have names becomes a map, and what either
// tool adds in its own way, the namespace and the hash of the settings, goes.
func normal(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if (key == "metadata" && k == "namespace") || k == "checksum/settings" {
				continue
			}
			out[k] = normal(k, x)
		}
		return out
	case []any:
		named := map[string]any{}
		for i, x := range v {
			m, ok := x.(map[string]any)
			name, hasName := m["name"].(string)
			if !ok || !hasName {
				break
			}
			// The order of init containers matters, that of variables does not.
			if key == "initContainers" || key == "containers" {
				name = fmt.Sprint(i, " ", name)
			}
			named[name] = normal("", x)
		}
		if len(named) == len(v) {
			return named
		}
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = normal("", x)
		}
		return out
	case string:
		return plainName(v)
	}
	return v
}

// differences lists where a and b differ.
func differences(path string, a, b any) []string {
	am, aok := a.(map[string]any)
	bm, bok := b.(map[string]any)
	if !aok || !bok {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		as, _ := json.Marshal(a)
		bs, _ := json.Marshal(b)
		return []string{fmt.Sprintf("%s: the chart has %s, the overlay %s", path, as, bs)}
	}
	var list []string
	for k := range am {
		list = append(list, differences(path+"/"+k, am[k], bm[k])...)
	}
	for k := range bm {
		if _, ok := am[k]; !ok {
			list = append(list, differences(path+"/"+k, nil, bm[k])...)
		}
	}
	return list
}

// The chart with its defaults is the production overlay: the whole pod, and everything around it but the namespace,
// which `helm install --create-namespace` makes.
func TestChartIsProd(t *testing.T) {
	t.Parallel()
	out, err := tool("kustomize", "build", "../../deploy/k8s/prod")
	if err != nil {
		t.Fatal(err)
	}
	prod := objects(t, out)
	if prod["Deployment sales"] == nil || prod["Namespace sales"] == nil {
		t.Fatalf("the overlay lacks what it must have: %v", prod)
	}
	delete(prod, "Namespace sales")
	for _, d := range differences("", chart(t), prod) {
		t.Error(d)
	}
}

// The control: a difference in any place of the pod shows.
func TestDriftShows(t *testing.T) {
	t.Parallel()
	ours := chart(t)
	for _, set := range [][]string{
		{"--set-string", "settings.SALES_DB_MAX_CONNS=9"}, {"--set", "resources.limits.memory=257Mi"},
		{"--set", "image.tag=0.1.1"}, {"--set", "image.digests.metrics=sha256:" + strings.Repeat("0f", 32)},
		{"--set", "terminationGracePeriodSeconds=46"}, {"--set", "database.secret=other"},
		{"--set", "autoscaling.maxReplicas=9"},
		{"--set", "trustedProxies=10.0.0.0/8"},
		{"--set", "ingress.host=other.example.com"}, {"--set", "ingress.enabled=false"}, {"--set", "observeNamespace=other"},
	} {
		if len(differences("", ours, chart(t, set...))) == 0 {
			t.Errorf("%v makes no difference", set)
		}
	}
}

// What the schema refuses does not reach a cluster.
func TestValuesSchema(t *testing.T) {
	t.Parallel()
	for _, set := range []string{
		"replicas=3", "image.tag=latest", "image.pullPolicy=Sometimes", "image.registry=", "settings.SALES_DB_URL=x",
		"settings.SALES_WEB_TRUSTED_PROXIES=x", "settings.path=x",
		"image.digests.sales=0.1.0", "image.digests.other=sha256:" + strings.Repeat("0f", 32),
		"resources.limits=null", "autoscaling.minReplicas=0", "database.secret=Not_A_Name", "terminationGracePeriodSeconds=1",
	} {
		_, err := tool("helm", "template", "sales", "../../deploy/helm/sales", "--kube-version", "1.34.0", "--set", set)
		if err == nil {
			t.Errorf("%s is taken", set)
		} else if !strings.Contains(err.Error(), "values don't meet the specifications") {
			t.Errorf("%s: %v", set, err)
		}
	}
}

// TestProxiesAreNeeded: nobody forgets to say which proxies are trusted.
func TestProxiesAreNeeded(t *testing.T) {
	t.Parallel()
	_, err := tool("helm", "template", "sales", "../../deploy/helm/sales", "--kube-version", "1.34.0")
	if err == nil || !strings.Contains(err.Error(), "trustedProxies: the addresses of the ingress controller") {
		t.Errorf("without trustedProxies: %v", err)
	}
}

func TestHelmLint(t *testing.T) {
	t.Parallel()
	if _, err := tool("helm", "lint", "--strict", "../../deploy/helm/sales"); err != nil {
		t.Error(err)
	}
}
