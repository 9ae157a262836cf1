package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/garagesale/service/foundation/natsserver"
	"github.com/garagesale/service/foundation/postgres"
)

// process is a program that runs until it is killed.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

var (
	mu        sync.Mutex
	processes []*process
	server    *postgres.Server
	nats      natsserver.Server
)

// spawn starts a program; what it writes goes to a file of that name in the run's folder.
func (l *lab) spawn(name, program string, env []string, args ...string) (*process, error) {
	out, err := os.OpenFile(filepath.Join(l.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY,
		0o644) //nolint:gosec // the Collector reads it
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = l.dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.done) }()
	mu.Lock()
	processes = append(processes, p)
	mu.Unlock()
	return p, nil
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func killAll() {
	mu.Lock()
	defer mu.Unlock()
	for _, p := range processes {
		p.kill()
	}
	if nats.Server != nil {
		nats.Stop()
	}
	if server != nil {
		_ = server.Stop()
	}
}

// start brings everything up.
func (l *lab) start() error {
	l.addr = map[string]string{}
	for _, name := range []string{"api", "debug", "metrics", "otlpgrpc", "otlphttp", "health", "collector", "tempo",
		"tempogrpc", "tempootlp", "tempogossip", "loki", "lokigrpc", "prometheus"} {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		l.addr[name] = addr
	}
	env := []string{
		"OBSERVE_DIR=" + l.dir, "OTLP_GRPC_ADDR=" + l.addr["otlpgrpc"], "OTLP_HTTP_ADDR=" + l.addr["otlphttp"],
		"HEALTH_ADDR=" + l.addr["health"],
		"METRICS_HOST=127.0.0.1", "METRICS_PORT=" + port(l.addr["collector"]), "TEMPO_ADDR=" + l.addr["tempootlp"],
		"LOKI_URL=http://" + l.addr["loki"],
		"LOG_FILES=" + l.dir + "/service*.log",
		"TEMPO_HOST=127.0.0.1", "TEMPO_HTTP_PORT=" + port(l.addr["tempo"]), "TEMPO_GRPC_PORT=" + port(l.addr["tempogrpc"]),
		"TEMPO_OTLP_ADDR=" + l.addr["tempootlp"],
		"TEMPO_GOSSIP_PORT=" + port(l.addr["tempogossip"]), "TEMPO_DATA=" + l.dir + "/tempo",
		"LOKI_HOST=127.0.0.1", "LOKI_HTTP_PORT=" + port(l.addr["loki"]), "LOKI_GRPC_PORT=" + port(l.addr["lokigrpc"]),
		"LOKI_DATA=" + l.dir + "/loki",
	}
	if err := l.startTools(env); err != nil {
		return err
	}
	var err error
	if l.relay, err = newRelay(l.addr["otlpgrpc"]); err != nil {
		return err
	}
	if err := l.prepareDatabase(); err != nil {
		return err
	}
	if nats, err = natsserver.Start(natsserver.Config{Dir: l.dir + "/nats"}); err != nil {
		return err
	}
	if err := l.startSales(); err != nil {
		return err
	}
	if _, err := l.spawn("service-metrics", l.bin("metrics"), []string{"METRICS_WEB_HOST=" + l.addr["metrics"],
		"METRICS_SOURCE_URL=http://" + l.addr["debug"] + "/debug/vars"}); err != nil {
		return err
	}
	for name, url := range map[string]string{
		"collector": "http://" + l.addr["health"] + "/", "tempo": "http://" + l.addr["tempo"] + "/ready",
		"loki":       "http://" + l.addr["loki"] + "/ready",
		"prometheus": "http://" + l.addr["prometheus"] + "/-/ready", "metrics": "http://" + l.addr["metrics"] + "/readiness",
	} {
		if err := l.eventually(90*time.Second, func() error { _, err := l.get(url); return err }); err != nil {
			tail, _ := os.ReadFile(filepath.Join(l.dir, name+".log"))
			return fmt.Errorf("%s: %w\n%s", name, err, tail[max(0, len(tail)-2000):])
		}
	}
	return nil
}

// startTools starts the Collector, Tempo, Loki and Prometheus.
func (l *lab) startTools(env []string) error {
	deploy := func(name string) string { return filepath.Join(l.root, "zarf/deploy", name) }
	if _, err := l.spawn("tempo", l.tools+"/tempo", env, "-config.file="+deploy("tempo/tempo.yaml"),
		"-config.expand-env=true"); err != nil {
		return err
	}
	if _, err := l.spawn("loki", l.tools+"/loki", env, "-config.file="+deploy("loki/loki.yaml"),
		"-config.expand-env=true"); err != nil {
		return err
	}
	if _, err := l.spawn("collector", l.tools+"/collector", env, "--config="+deploy("otel/collector.yaml"),
		"--config="+filepath.Join(l.root, "zarf/proof/observe/overlay.yaml")); err != nil {
		return err
	}
	if err := l.renderPrometheus(); err != nil {
		return err
	}
	_, err := l.spawn("prometheus", l.tools+"/prometheus", nil, "--config.file="+l.dir+"/prometheus/prometheus.yaml",
		"--storage.tsdb.path="+l.dir+"/prometheus/data", "--web.listen-address="+l.addr["prometheus"])
	return err
}

func (l *lab) bin(name string) string { return filepath.Join(l.root, ".data/bin", name) }

// renderPrometheus puts this run's addresses into Prometheus's configuration, which cannot take them from the
// environment, and has it look every second.
func (l *lab) renderPrometheus() error {
	raw, err := os.ReadFile(filepath.Join(l.root, "zarf/deploy/prometheus/prometheus.yaml"))
	if err != nil {
		return err
	}
	text := strings.NewReplacer("15s", "1s", "scrape_timeout: 5s", "scrape_timeout: 900ms",
		"sales:4000", l.addr["metrics"], "collector:8888", l.addr["collector"], "tempo:3200", l.addr["tempo"], "loki:3100",
		l.addr["loki"]).Replace(string(raw))
	if err := os.CopyFS(l.dir+"/prometheus/rules",
		os.DirFS(filepath.Join(l.root, "zarf/deploy/prometheus/rules"))); err != nil {
		return err
	}
	return os.WriteFile(l.dir+"/prometheus/prometheus.yaml", []byte(text), 0o600) //nolint:gosec // a folder of our own
}

func (l *lab) prepareDatabase() error {
	var err error
	if server, err = postgres.Start(l.ctx, postgres.Config{Dir: l.dir + "/db", Ephemeral: true}); err != nil {
		return err
	}
	l.dbURL = server.URL()
	l.known = newSecrets()
	for _, step := range []struct{ args, stdin string }{
		{"migrate up", ""},
		{"seed", ""},
		{"genkey", ""},
		{"useradd --role ADMIN --email " + l.known.admin, l.known.password},
		{"useradd --role CASHIER --email " + l.known.cashier, l.known.password},
	} {
		cmd := exec.CommandContext(l.ctx, l.bin("sales-admin"), strings.Fields(step.args)...)
		cmd.Env = append(os.Environ(), "SALES_DB_URL="+l.dbURL, "SALES_AUTH_KEYS="+l.dir+"/keys")
		cmd.Stdin = strings.NewReader(step.stdin + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("sales-admin %s: %w: %s", step.args, err, bytes.TrimSpace(out))
		}
	}
	return nil
}

// service starts one more service; ratio is how much of it is traced.
func (l *lab) service(name, api, debug, exporter string, ratio float64) (*process, error) {
	env := []string{
		"SALES_DB_URL=" + l.dbURL, "SALES_AUTH_KEYS=" + l.dir + "/keys", "SALES_WEB_API_HOST=" + api,
		"SALES_WEB_DEBUG_HOST=" + debug, "SALES_WEB_TRUSTED_PROXIES=127.0.0.1/32", // whose trace is followed
		fmt.Sprintf("SALES_TRACE_RATIO=%v", ratio), "SALES_AUTH_VERIFY=false",
		// One account asks faster than any person.
		"SALES_LIMIT_ACCOUNT_RATE=0", "SALES_LIMIT_ADDRESS_RATE=0", "SALES_LIMIT_WRITE_RATE=0",
		fmt.Sprintf("GOMEMLIMIT=%d", podMemory/10*9), // what the service sets itself in a pod
	}
	p, err := l.spawn(name, l.bin("sales"), append(env, strings.Fields(exporter)...))
	if err != nil {
		return nil, err
	}
	return p, l.eventually(60*time.Second, func() error { _, err := l.get("http://" + api + "/v1/readiness"); return err })
}

func (l *lab) startSales() (err error) {
	// The standard variables, and the exporter that gives up a batch soon, so that many a failure fits into a short run.
	l.sales, err = l.service("service", l.addr["api"], l.addr["debug"],
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+l.relay.addr+" OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_BSP_SCHEDULE_DELAY=500 "+
			"SALES_EVENTS_NATS_URL="+nats.ClientURL()+" OTEL_EXPORTER_OTLP_TIMEOUT=2000 "+
			"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=observe", 1)
	return err
}

func (l *lab) get(url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(l.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", url, res.Status, b)
	}
	return b, err
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}
