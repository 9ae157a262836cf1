package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkRules has promtool check and test the rules.
func (l *lab) checkRules() error {
	promtool := l.tools + "/promtool"
	for _, args := range []string{"check config prometheus.yaml", "check rules rules/sales.yaml",
		"test rules rules_test.yaml"} {
		cmd := exec.CommandContext(l.ctx, promtool, strings.Fields(args)...)
		cmd.Dir = filepath.Join(l.root, "zarf/deploy/prometheus")
		out, err := cmd.CombinedOutput()
		l.check(err == nil, "promtool %s %s", args, failure(err, out))
	}
	body, err := l.get("http://" + l.addr["metrics"] + "/metrics")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(l.ctx, promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(string(body))
	out, err := cmd.CombinedOutput()
	l.check(err == nil && len(out) == 0, "promtool check metrics %s", failure(err, out))
	return nil
}

func failure(err error, out []byte) string {
	if err == nil && len(out) == 0 {
		return ""
	}
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%v\n%s", err, out)
}

// checkCounts compares what Prometheus has with what the client counted.
func (l *lab) checkCounts() error {
	want := maps.Clone(l.client.counts)
	err := l.eventually(20*time.Second, func() error {
		got, err := l.prom(`sum by (http_request_method, http_route, http_response_status_code) (` +
			`http_server_request_duration_seconds_count{http_route!~"/v1/(liveness|readiness)"})`)
		if err != nil {
			return err
		}
		found := map[series]int{}
		for _, s := range got {
			found[series{s.Metric["http_request_method"], s.Metric["http_route"], s.Metric["http_response_status_code"]}] = int(
				s.number())
		}
		if !maps.Equal(found, want) {
			return fmt.Errorf("there is %v, the client counted %v", found, want)
		}
		return nil
	})
	total := 0
	for _, n := range want {
		total += n
	}
	l.check(err == nil, "%d requests in %d series, as the client counted %s", total, len(want), text(err))
	got, err := l.prom(`garagesale_refusals_total`)
	if err != nil {
		return err
	}
	found := map[string]int{}
	for _, s := range got {
		found[s.Metric["code"]] = int(s.number())
	}
	delete(found, "not_ready") // the probe's
	l.check(maps.Equal(found, l.client.codes), "refusals by code: %v; the client counted %v", found, l.client.codes)
	for query, want := range map[string]int{
		`garagesale_sales_total{currency="USD", tender="CASH"}`:        shopOf.sales,
		`garagesale_sales_amount_total{currency="USD", tender="CASH"}`: shopOf.takings,
		`garagesale_idempotent_replays_total`:                          shopOf.replays,
		`garagesale_login_failures_total`:                              2,
		`garagesale_panics_total`:                                      0,
		`garagesale_up`:                                                1,
	} {
		got, err := l.promNumber(query)
		l.check(err == nil && got == float64(want), "%s is %v, want %d %s", query, got, want, text(err))
	}
	return nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return "— " + err.Error()
}

// checkTraces looks at the trace of a sale, and at that of one whose client had a trace already.
func (l *lab) checkTraces() error {
	for name, tp := range map[string]string{"its own": shopOf.traceparent, "its client's": shopOf.parent} {
		if err := l.checkTrace(name, tp); err != nil {
			return err
		}
	}
	id := traceID(shopOf.traceparent)
	err := l.eventually(20*time.Second, func() error {
		ids, err := l.search(
			`{ resource.service.name = "sales" && name = "POST `+routeSales+`" && span.http.response.status_code = 201 }`, 500)
		if slices.Contains(ids, id) {
			return nil
		}
		return errors.Join(err, fmt.Errorf("%d traces, but not %s", len(ids), id))
	})
	l.check(err == nil, "the search by route and status finds it %s", text(err))
	ids, err := l.search(`{ name = "compare password" }`, 5)
	l.check(err == nil && len(ids) > 0, "logins show the password's hashing %s", text(err))
	ids, err = l.search(`{ span.http.route = "/v1/readiness" || span.http.route = "/v1/liveness" }`, 5)
	l.check(err == nil && len(ids) == 0, "the probes are not traced %s", text(err))
	return nil
}

// checkTrace looks at the trace of a sale that an answer or a client named by traceparent.
func (l *lab) checkTrace(name, traceparent string) error {
	id := traceID(traceparent)
	var spans []span
	err := l.eventually(30*time.Second, func() (err error) {
		if spans, err = l.trace(id); err == nil && len(spans) < 10 {
			err = fmt.Errorf("%d spans so far", len(spans))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("trace %s: %w", id, err)
	}
	s := sum(spans)
	l.check(s.roots == 1 && s.orphans == 0 && s.statements >= 5 && len(s.broken) == 0,
		"a sale in a trace of %s: %d spans, %d root, %d orphans, %d statements with text, %d batches of them %s", name,
		len(spans), s.roots, s.orphans, s.statements, s.batches, strings.Join(s.broken, "; "))
	l.check(s.root.Name == "POST "+routeSales && s.root.attr("http.route") == routeSales &&
		s.root.attr("http.response.status_code") == "201", "its root is %q, status %s", s.root.Name,
		s.root.attr("http.response.status_code"))
	l.check(s.names["authenticate"] && s.names["authorize"], "it shows authentication and policy")
	if name == "its own" {
		l.check(s.root.ParentSpanID == "", "the root has no parent")
		return nil
	}
	parent := strings.Split(traceparent, "-")[2]
	l.check(strings.EqualFold(hex(s.root.ParentSpanID), parent), "the client's span %s is the parent", parent)
	return nil
}

// summary is what a trace holds.
type summary struct {
	root                                span
	roots, orphans, statements, batches int
	names                               map[string]bool
	broken                              []string // spans of the database that do not tell what was done
}

// sum counts. A statement tells its operation and its text. A batch, statements that go to the database together, has
// no text of its own: it tells how many they are, and they are its children.
func sum(spans []span) summary {
	s := summary{names: map[string]bool{}}
	known, children := map[string]bool{}, map[string]int{}
	for _, sp := range spans {
		known[sp.SpanID] = true
		children[sp.ParentSpanID]++
		s.names[sp.Name] = true
	}
	for _, sp := range spans {
		switch {
		case strings.HasSuffix(sp.Kind, "SERVER"):
			s.roots++
			s.root = sp
		case !known[sp.ParentSpanID]:
			s.orphans++
		}
		told := true
		switch {
		case sp.attr("db.system.name") != "postgresql":
		case sp.attr("db.operation.name") == "BATCH":
			s.batches++
			told = sp.attr("db.operation.batch.size") == strconv.Itoa(children[sp.SpanID])
		default:
			s.statements++
			told = sp.attr("db.operation.name") != "" && sp.attr("db.query.text") != ""
		}
		if !told {
			s.broken = append(s.broken, fmt.Sprintf("%s has %d children and %v", sp.Name, children[sp.SpanID], sp.Attributes))
		}
	}
	return s
}

// checkLogs finds the line of a sale by its trace id, and reads lines as Docker and Kubernetes wrap them.
func (l *lab) checkLogs() error {
	id := traceID(shopOf.traceparent)
	for _, query := range []string{`{service_name="sales"} | trace_id="` + id + `"`,
		`{service_name="sales"} | json | traceID="` + id + `"`} {
		var got []string
		err := l.eventually(30*time.Second, func() (err error) {
			if got, err = l.lines(query); err == nil && len(got) == 0 {
				err = errors.New("no line")
			}
			return err
		})
		l.check(err == nil && len(got) == 1 && strings.Contains(got[0], `"route":"`+routeSales+`"`) &&
			strings.Contains(got[0], `"status":201`), "%s: %d line %s", query, len(got), text(err))
	}
	line := func(n string) string {
		return `{"time":"` + time.Now().UTC().Format(time.RFC3339Nano) +
			`","level":"WARN","msg":"wrapped","service":"sales","from":"` + n + `"}`
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	docker := `{"log":` + fmt.Sprintf("%q", line("docker")+"\n") + `,"stream":"stdout","time":"` + now + `"}` + "\n"
	kubernetes := now + " stdout F " + line("kubernetes") + "\n"
	for name, content := range map[string]string{"docker": docker, "kubernetes": kubernetes} {
		if err := os.WriteFile(l.dir+"/service-"+name+".log", []byte(content), 0o600); err != nil {
			return err
		}
		err := l.eventually(20*time.Second, func() error {
			got, err := l.lines(`{service_name="sales"} | json | msg="wrapped" | from="` + name + `"`)
			if err == nil && len(got) != 1 {
				err = fmt.Errorf("%d lines", len(got))
			}
			return err
		})
		l.check(err == nil, "a line that %s wrapped is read %s", name, text(err))
	}
	return nil
}

// checkSecrets looks for every secret of the run in all that was written; that something else is found shows that the
// search works.
func (l *lab) checkSecrets() error {
	metrics, err := l.get("http://" + l.addr["metrics"] + "/metrics")
	if err != nil {
		return err
	}
	var labels []byte
	err = l.eventually(10*time.Second, func() (err error) {
		labels, err = l.get("http://" + l.addr["prometheus"] + `/api/v1/series?match[]={job="sales"}`)
		if err == nil && !strings.Contains(string(labels), "garagesale_sales_total") {
			err = errors.New("not scraped yet")
		}
		return err
	})
	if err != nil {
		return err
	}
	vars, err := l.get("http://" + l.addr["debug"] + "/debug/vars")
	if err != nil {
		return err
	}
	places := map[string]struct{ content, known string }{
		"the sidecar's metrics":   {string(metrics), "garagesale_sales_total"},
		"Prometheus's series":     {string(labels), "garagesale_sales_total"},
		"the service's variables": {string(vars), "garagesale_sales_total"},
	}
	for file, known := range map[string]string{"spans.json": routeSales, "lines.json": routeSales,
		"service.log": routeSales, "service-metrics.log": "starting", "collector.log": ""} {
		b, err := os.ReadFile(filepath.Join(l.dir, file))
		if err != nil {
			return err
		}
		places[file] = struct{ content, known string }{string(b), known}
	}
	k := l.known
	list := append([]string{k.admin, k.cashier, k.family, k.nobody, k.password, k.wrong}, k.tokens...)
	for name, p := range places {
		found := 0
		for _, s := range list {
			found += strings.Count(p.content, s)
		}
		l.check(found == 0 && strings.Contains(p.content, p.known), "%s: none of %d secrets in %d kB", name, len(list),
			len(p.content)/1000)
	}
	return nil
}

// hex turns the base64 in which OTLP's JSON has ids into hexadecimal.
func hex(id string) string {
	if len(id) == 16 {
		return id
	}
	return fmt.Sprintf("%x", decode64(id))
}
