package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// pgbench runs scripts with the same number of clients as the service has connections from the generator.
type pgbench struct {
	bin string // folder
	url string
	dir string // of the scripts
}

// weighted is a script with its share of the mix.
type weighted struct {
	name   string
	weight int
}

var (
	processed = regexp.MustCompile(`transactions actually processed: (\d+)`)
	failures  = regexp.MustCompile(`failed transactions: (\d+)`)
	tps       = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)
)

// run returns transactions per second.
func (p pgbench) run(ctx context.Context, clients int, length time.Duration, scripts ...weighted) (float64, error) {
	u, err := url.Parse(p.url)
	if err != nil {
		return 0, err
	}
	now := fmt.Sprintf("%012x", time.Now().UnixMilli())
	args := []string{
		"-h", u.Hostname(), "-p", u.Port(), "-U", u.User.Username(), "-n", "-M", "prepared", "-c", strconv.Itoa(clients),
		"-j", "2",
		"-T", strconv.Itoa(max(1, int(length.Seconds()))), "-D", "seq=0", "-D", "now=" + now[:8] + "-" + now[8:],
	}
	for _, s := range scripts {
		args = append(args, "-f", filepath.Join(p.dir, s.name+".sql")+"@"+strconv.Itoa(s.weight))
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "pgbench"), append(args, u.Path[1:])...)
	secret, _ := u.User.Password()
	cmd.Env = []string{"PGPASSWORD=" + secret, "LC_ALL=C"}
	cmd.SysProcAttr = childAttr()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w\n%.2000s", err, out)
	}
	rate, n, bad := tps.FindSubmatch(out), processed.FindSubmatch(out), failures.FindSubmatch(out)
	if rate == nil || n == nil || bad != nil && string(bad[1]) != "0" {
		return 0, fmt.Errorf("pgbench: no result\n%.2000s", out)
	}
	return strconv.ParseFloat(string(rate[1]), 64)
}
