package lab

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var (
	processed = regexp.MustCompile(`transactions actually processed: (\d+)`)
	failures  = regexp.MustCompile(`failed transactions: (\d+)`)
	tps       = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)
)

// Pgbench returns transactions per second of so many clients, with a connection each.
func (l *Lab) Pgbench(ctx context.Context, clients int, length time.Duration, shares map[string]int) (float64, error) {
	u, err := url.Parse(l.URL)
	if err != nil {
		return 0, err
	}
	now := fmt.Sprintf("%012x", time.Now().UnixMilli())
	args := []string{
		"-h", u.Hostname(), "-p", u.Port(), "-U", u.User.Username(), "-n", "-M", "prepared", "-c", strconv.Itoa(clients),
		"-j", "2", "-T", strconv.Itoa(max(1, int(length.Seconds()))), "-D", "seq=0", "-D", "now=" + now[:8] + "-" + now[8:],
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		args = append(args, "-f", filepath.Join(l.dir, name+".sql")+"@"+strconv.Itoa(shares[name]))
	}
	cmd := exec.CommandContext(ctx, filepath.Join(l.pgbench, "pgbench"), append(args, u.Path[1:])...)
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
