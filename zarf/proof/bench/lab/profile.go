package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Profile writes profiles of the service while a scenario is played: where its time goes, and where it allocates.
func (l *Lab) Profile(ctx context.Context, name string) error {
	const length = 10 * time.Second
	if _, err := l.conn.Exec(ctx, `SELECT pg_stat_statements_reset()`); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		time.Sleep(time.Second)
		err := l.fetch(ctx, fmt.Sprint("/debug/pprof/profile?seconds=", length.Seconds()), name+".cpu.pprof")
		if err == nil {
			err = l.fetch(ctx, "/debug/pprof/allocs", name+".allocs.pprof")
		}
		failed <- err
	}()
	j := l.Job(name, l.Service.Addr)
	j.For = length + 2*time.Second
	_, err := l.Load(ctx, j)
	if err != nil {
		return err
	}
	return errors.Join(<-failed, l.statementTimes(ctx, name), l.plans(ctx, name))
}

// statementTimes writes what each statement of the service took in the database since the last reset.
func (l *Lab) statementTimes(ctx context.Context, name string) error {
	var text string
	err := l.conn.QueryRow(ctx, `
		SELECT coalesce(string_agg(format('%s µs  %s calls  %s blocks a call  %s', round(mean_exec_time * 1000), calls,
			(shared_blks_hit + shared_blks_read) / calls, regexp_replace(query, '\s+', ' ', 'g')),
			E'\n' ORDER BY total_exec_time DESC), '')
		FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = $1`, serviceRole).Scan(&text)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Out, name+".statements.txt"), []byte(text+"\n"), 0o600)
}

func (l *Lab) fetch(ctx context.Context, path, name string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Service.debug+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Out, name), b, 0o600)
}

// plans writes how Postgres carries out the statements of a request once they are prepared and it knows no values.
func (l *Lab) plans(ctx context.Context, name string) error {
	var text strings.Builder
	for _, s := range l.Tracks[name].Statements {
		if len(s.Values) == 0 {
			continue
		}
		values := make([]string, len(s.Values))
		for i, v := range s.Values {
			values[i] = "NULL"
			if v != nil {
				values[i] = quote(*v)
			}
		}
		explain := "EXPLAIN"
		if q := normal(s.SQL); strings.HasPrefix(q, "SELECT") && !strings.Contains(q, " FOR ") {
			explain = "EXPLAIN (ANALYZE, BUFFERS)"
		}
		// The simple protocol takes them at once.
		results, err := l.conn.PgConn().Exec(ctx,
			fmt.Sprintf("SET plan_cache_mode = force_generic_plan; PREPARE looked AS %s; %s EXECUTE looked(%s); DEALLOCATE "+
				"looked",
				s.SQL, explain, strings.Join(values, ", "))).ReadAll()
		if err != nil {
			return fmt.Errorf("%s: %w", s.SQL, err)
		}
		text.WriteString(normal(s.SQL) + "\n")
		for _, row := range results[2].Rows {
			fmt.Fprintf(&text, "    %s\n", row[0])
		}
	}
	return os.WriteFile(filepath.Join(l.Out, name+".plans.txt"), []byte(text.String()), 0o600)
}
