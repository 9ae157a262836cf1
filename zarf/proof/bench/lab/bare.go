package lab

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/zarf/proof/bench/layout"
	"github.com/garagesale/service/zarf/proof/bench/load"
)

// bareConfig is what the control is told on its standard input: the statements that the service sends.
type bareConfig struct {
	URL             string
	MaxConns        int32
	Get, List, Deep string
}

// bareColumns is what the handlers below scan, of one product; of a list the last bareAlone are not there. When the
// service's statements have other columns, they have to follow.
var bareColumns = []string{
	"product_id", "market_id", "family_id", "code", "name", "description", "price", "fixed_price", "quantity", "sold",
	"version", "created_at", "updated_at", "market_status", "owner_id",
}

const bareAlone = 2

// bare is what the service is compared with: the same queries by the fewest lines that answer them. No token, no
// policy, no log, no metrics, no traces.
type bare struct {
	bareConfig
	pool *pgxpool.Pool
}

// bareProduct has the members of the service's answer, and beneath them what else the statement reads.
type bareProduct struct {
	ID          uuid.UUID `json:"id"`
	MarketID    uuid.UUID `json:"marketID"`
	FamilyID    uuid.UUID `json:"familyID"`
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Price       int64     `json:"price"`
	FixedPrice  bool      `json:"fixedPrice"`
	Quantity    int64     `json:"quantity"`
	Sold        int64     `json:"sold"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`

	code, version int64
	owner         *uuid.UUID
	marketStatus  string
}

func (p *bareProduct) scan(rows pgx.Rows) error {
	fields := []any{&p.ID, &p.MarketID, &p.FamilyID, &p.code, &p.Name, &p.Description, &p.Price, &p.FixedPrice,
		&p.Quantity, &p.Sold, &p.version, &p.CreatedAt, &p.UpdatedAt, &p.marketStatus, &p.owner}
	err := rows.Scan(fields[:len(rows.FieldDescriptions())]...)
	p.Code = fmt.Sprintf("%d-%03d", p.code/1_000_000, p.code%1_000_000)
	return err
}

// runBare serves until in ends, after it has told its address.
func runBare(ctx context.Context, in io.Reader, out io.Writer) error {
	dec := json.NewDecoder(in)
	b := &bare{}
	if err := dec.Decode(&b.bareConfig); err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, sqldb.Config{URL: b.URL, MaxConns: b.MaxConns}) // as the service opens it
	if err != nil {
		return err
	}
	defer db.Close()
	b.pool = db.Pool()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/products/{productID}", b.get)
	mux.HandleFunc("GET /v1/markets/{marketID}/products", b.list)
	mux.HandleFunc("GET /refuse", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, in) // ends with whoever started us
		_ = srv.Close()
	}()
	if err := json.NewEncoder(out).Encode(ln.Addr().String()); err != nil {
		return err
	}
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (b *bare) get(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("productID"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	list, err := b.query(r.Context(), b.Get, id)
	if err != nil || len(list) != 1 {
		http.Error(w, fmt.Sprint(len(list), " products: ", err), http.StatusInternalServerError)
		return
	}
	send(w, list[0])
}

type bareCursor struct {
	Bound uint64    `json:"b"`
	Value int64     `json:"v"`
	ID    uuid.UUID `json:"i"`
}

type bareList struct {
	Items      []bareProduct `json:"items"`
	NextCursor string        `json:"nextCursor,omitempty"`
}

func (b *bare) list(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("marketID"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var after bareCursor
	var list []bareProduct
	if text := r.URL.Query().Get("cursor"); text != "" {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil {
			err = json.Unmarshal(raw, &after)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		list, err = b.query(r.Context(), b.Deep, id, after.Value)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	} else if list, err = b.query(r.Context(), b.List, id); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	res := bareList{Items: list}
	if len(list) > layout.PageSize {
		res.Items = list[:layout.PageSize]
		last := res.Items[layout.PageSize-1]
		raw, _ := json.Marshal(bareCursor{after.Bound, last.code, last.ID})
		res.NextCursor = base64.RawURLEncoding.EncodeToString(raw)
	}
	send(w, res)
}

func (b *bare) query(ctx context.Context, q string, args ...any) ([]bareProduct, error) {
	rows, err := b.pool.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []bareProduct
	for rows.Next() {
		list = append(list, bareProduct{})
		if err := list[len(list)-1].scan(rows); err != nil {
			return nil, err
		}
	}
	return list, rows.Err()
}

func send(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	_, _ = w.Write(b)
}

// StartBare starts the control, on the statements that the service sends.
func (l *Lab) StartBare(ctx context.Context) (err error) {
	cfg := bareConfig{URL: l.URL, MaxConns: int32(l.Pool)} //nolint:gosec // a setting
	cfg.Get, cfg.List, cfg.Deep = l.Tracks[load.Get].last(), l.Tracks[load.List].last(), l.Tracks[load.Deep].last()
	listed := bareColumns[:len(bareColumns)-bareAlone]
	for q, want := range map[string][]string{cfg.Get: bareColumns, cfg.List: listed, cfg.Deep: listed} {
		d, err := l.conn.Prepare(ctx, "", q)
		if err != nil {
			return fmt.Errorf("bare: %w", err)
		}
		var names []string
		for _, f := range d.Fields {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, want) {
			return fmt.Errorf("bare: the service's statement has other columns now; bring bare.go in line:\n%s\nwas\n%s",
				strings.Join(names, " "), strings.Join(want, " "))
		}
	}
	if l.bareCtl, err = spawnSelf(nil, bareRole); err != nil {
		return err
	}
	return l.bareCtl.ask(cfg, &l.BareAddr)
}

// EndBare ends the control.
func (l *Lab) EndBare() { l.bareCtl.end() }
