package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/garagesale/service/zarf/proof/bench/layout"
	"github.com/garagesale/service/zarf/proof/bench/load"
)

// anyMarket picks the market of a script.
var anyMarket = fmt.Sprintf("\\set m random(0, %d)\n", layout.Markets-1)

// writeScripts writes pgbench's, from what was seen of the probes; so many of them had an Idempotency-Key.
func (l *Lab) writeScripts(ctx context.Context, keys int) error {
	if _, err := l.conn.Exec(ctx, `SET timezone = 'UTC'`); err != nil {
		return err
	}
	at := time.Now()
	ringUp, lines, err := l.ringUpScript(keys)
	if err != nil {
		return err
	}
	create, err := l.createScript()
	if err != nil {
		return err
	}
	ringUp.set = anyMarket + lines
	hot := ringUp
	hot.set = fmt.Sprintf("\\set m %d\n", layout.HotMarket) + lines
	get := translator{set: fmt.Sprintf("\\set p random(0, %d)\n", l.Layout.Products()-1),
		ids: map[string]string{layout.ID(layout.Probe, 0): known(layout.Product, ":p")}}
	list := translator{set: anyMarket, ids: map[string]string{}}
	for m := range int64(layout.Markets) {
		list.ids[layout.ID(layout.Market, m)] = known(layout.Market, ":m")
	}
	for _, script := range []struct {
		name, of string
		t        translator
	}{
		{load.Get, load.Get, get}, {load.List, load.List, list}, {load.RingUp, load.RingUp, ringUp},
		{load.Hot, load.RingUp, hot}, {load.Create, load.Create, create},
	} {
		script.t.conn, script.t.at = l.conn, at
		text, err := script.t.script(ctx, l.Tracks[script.of].Statements)
		if err != nil {
			return fmt.Errorf("pgbench's script for %s: %w", script.name, err)
		}
		if err := os.WriteFile(filepath.Join(l.dir, script.name+".sql"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ringUpScript is for the sale of a basket; lines are the commands that fill it.
func (l *Lab) ringUpScript(keys int) (t translator, lines string, err error) {
	var sale struct{ Number int64 }
	if err := json.Unmarshal(l.Tracks[load.RingUp].answer, &sale); err != nil {
		return t, "", err
	}
	ids := map[string]string{
		layout.ID(layout.Market, layout.ProbeMarket): known(layout.Market, ":m"),
		layout.ID(layout.User, 0):                    known(layout.User, ":client_id"),
	}
	for i, r := range layout.LineFamilies {
		lines += fmt.Sprintf("\\set f%[1]d random(%[2]d, %[3]d)\n"+
			"\\set p%[1]d (:f%[1]d * %[4]d + random(0, %[4]d - 1)) * %[5]d + :m\n",
			i, r[0], r[1], l.Layout.PerFamily, layout.Markets)
		ids[layout.ID(layout.Probe, int64(i)*3)] = known(layout.Product, fmt.Sprint(":p", i))
		ids[layout.ID(layout.Family, layout.FamilyOf(layout.ProbeMarket, int64(i)*3))] = known(layout.Family,
			fmt.Sprintf(":m * %d + :f%d", layout.Families, i))
	}
	// The key of the last ring-up is in its values, the probes of other numbers of lines came before or after it.
	texts := map[string]string{}
	for n := range keys {
		texts[probeKey(n+1)] = ":now::text || '-' || " + tail(freshNumber)
	}
	return translator{ids: ids, texts: texts, returned: sale.Number,
		uses: map[string]string{fmt.Sprint(sale.Number): "%s"}}, lines, nil
}

// createScript is for a new product.
func (l *Lab) createScript() (t translator, err error) {
	var product struct{ Code string }
	if err := json.Unmarshal(l.Tracks[load.Create].answer, &product); err != nil {
		return t, err
	}
	var number, running int64
	if _, err := fmt.Sscanf(product.Code, "%d-%d", &number, &running); err != nil {
		return t, fmt.Errorf("code %q: %w", product.Code, err)
	}
	family, admin := layout.ID(layout.Family, layout.FamilyOf(layout.ProbeMarket, 0)), layout.ID(layout.User, layout.Tills)
	return translator{
		set: anyMarket + fmt.Sprintf("\\set f random(0, %d)\n", layout.Families-1), returned: running,
		ids: map[string]string{
			layout.ID(layout.Market, layout.ProbeMarket): known(layout.Market, ":m"), admin: quote(admin),
			family: known(layout.Family, fmt.Sprintf(":m * %d + :f", layout.Families)),
		},
		uses: map[string]string{
			fmt.Sprint(number): "(:f + 1)", fmt.Sprint(running): "%s",
			fmt.Sprint(number*1_000_000 + running): "(:f + 1) * 1000000::bigint + %s",
		},
	}, nil
}
