package main_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/dbtest"
	"github.com/garagesale/service/business/sdk/mailing"
	"github.com/garagesale/service/foundation/clock"
)

// testJobs: a program without workers does no job; one that has them does, with the rights of the service, and ends
// quietly.
func testJobs(t *testing.T, p program) {
	owner := dbtest.URL(t)
	db := dbtest.Open(t, owner)
	_, err := db.Exec(t.Context(), `INSERT INTO river.river_job (kind, args, max_attempts) VALUES ('clean', '{}', 3)`)
	check(t, err)
	state := func() (s string) {
		check(t, db.Get(t.Context(), &s, `SELECT state::text FROM river.river_job WHERE id = 1`))
		return s
	}
	url := dbtest.ServiceURL(t, owner)
	idle := p.start(t, url, "SALES_WORK_WORKERS=0")
	time.Sleep(3 * time.Second) // longer than a worker takes to look
	if s := state(); s != "available" {
		t.Errorf("without workers the job is %s", s)
	}
	dir := t.TempDir()
	busy := p.start(t, url, "SALES_MAIL_DIR="+dir)
	eventually(t, "the job is done", func() bool { return state() == "completed" })
	mail, err := mailing.New("ada@example.com",
		mailing.WebhookDisabled{Market: "Elm Street", Link: "http://127.0.0.1/hook"})
	check(t, err)
	b := business.New(db, business.Config{Hasher: dbtest.Hasher(t), Now: clock.Now})
	check(t, b.Work.Add(t.Context(), mail))
	eventually(t, "the mail is written, and its link logged", func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
		check(t, err)
		return len(files) == 1 && strings.Contains(busy.out.String(), "http://127.0.0.1/hook")
	})
	for name, r := range map[string]*process{"idle": idle, "busy": busy} {
		r.signal(syscall.SIGTERM)
		if err := r.wait(t); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if out := r.out.String(); strings.Contains(out, `"level":"WARN"`) || strings.Contains(out, `"level":"ERROR"`) {
			t.Errorf("%s:\n%s", name, out)
		}
	}
}
