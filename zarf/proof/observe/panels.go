package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func decode64(s string) []byte {
	b, _ := base64.StdEncoding.DecodeString(s)
	return b
}

type panel struct {
	Title   string
	Targets []struct {
		Datasource  struct{ Type string }
		Expr, Query string
	}
}

// checkPanels runs the query of every panel of every dashboard.
func (l *lab) checkPanels() error {
	// A little more to see, within the window of the rates.
	if err := l.ringUp(40); err != nil {
		return err
	}
	files, err := fs.Glob(os.DirFS(filepath.Join(l.root, "zarf/deploy/grafana/dashboards")), "*.json")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no dashboards: %w", err)
	}
	// What Grafana puts in.
	fill := strings.NewReplacer("$__rate_interval", "1m", "$__range", "15m", "$__interval", "15s", "$slower", "1ms",
		"$route", ".*")
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join(l.root, "zarf/deploy/grafana/dashboards", file))
		if err != nil {
			return err
		}
		var d struct{ Panels []panel }
		if err := json.Unmarshal(raw, &d); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		queries := 0
		var failures []error
		for _, p := range d.Panels {
			for _, t := range p.Targets {
				queries++
				err := l.eventually(15*time.Second, func() error {
					return l.hasData(t.Datasource.Type, fill.Replace(t.Expr+t.Query))
				})
				if err != nil {
					failures = append(failures, fmt.Errorf("%s: %w", p.Title, err))
				}
			}
		}
		l.check(len(failures) == 0 && queries > 0, "%s: %d queries in %d panels return data %s", file, queries, len(d.Panels),
			text(errors.Join(failures...)))
	}
	return nil
}

func (l *lab) hasData(source, query string) error {
	switch source {
	case "prometheus":
		res, err := l.prom(query)
		if err != nil {
			return err
		}
		for _, s := range res {
			if !math.IsNaN(s.number()) {
				return nil
			}
		}
		return fmt.Errorf("%d series, none with a number: %s", len(res), query)
	case "tempo":
		ids, err := l.search(query, 50)
		if err == nil && len(ids) == 0 {
			err = fmt.Errorf("no trace: %s", query)
		}
		return err
	case "loki":
		got, err := l.lines(query)
		if err == nil && len(got) == 0 {
			err = fmt.Errorf("no line: %s", query)
		}
		return err
	}
	return fmt.Errorf("a source that is not known: %q", source)
}
