package productapp

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/color"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/domain/marketbus"
	"github.com/garagesale/service/business/domain/productbus"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/types/currency"
)

const (
	perSheet  = 24  // 3 × 8, as they are sold
	maxCopies = 24  // of one product
	maxSheets = 100 // of one page
	// Of one for nobody in particular, which anybody may ask for again and again: what one family brings.
	publicSheets = 20
)

var (
	//go:embed labels.html
	labelsHTML string
	//go:embed labels.css
	labelsCSS  string
	labelsPage = template.Must(template.New("labels").Parse(labelsHTML))
	// The page may use its own style and nothing else.
	labelsPolicy = func() string {
		sum := sha256.Sum256([]byte(labelsCSS))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; frame-ancestors 'none'"
	}()
)

type labelsOf struct {
	MarketID uuid.UUID  `path:"marketID"`
	FamilyID *uuid.UUID `query:"familyID" doc:"Only those of this family."`
}

type label struct {
	Code, Price, Name string
	QR                template.HTMLAttr // the dark modules, as an SVG path
	Size              int
}

// labels makes a page with a label for each piece on the table.
func labels(c rest.Call[business.Domains], in labelsOf) (Labels, error) {
	m, err := c.D.Markets.Get(c, in.MarketID)
	if err != nil {
		return Labels{}, err
	}
	if err := c.Allow("product.read", auth.Resource{MarketID: m.ID, MarketStatus: string(m.Status)},
		marketbus.ErrNotFound); err != nil {
		return Labels{}, err
	}
	sheets := maxSheets
	if c.Actor.ID == uuid.Nil {
		sheets = publicSheets
	}
	products, err := onTable(c, m.ID, in.FamilyID, sheets)
	if err != nil {
		return Labels{}, err
	}
	var list []label
	for _, p := range products {
		l, err := newLabel(p, m.Currency)
		if err != nil {
			return Labels{}, err
		}
		for range min(p.Quantity, maxCopies) {
			list = append(list, l)
		}
	}
	return Labels{string(m.Name), list}, nil
}

// onTable reads what is to be labelled, and no further than to the last label that the page may have.
func onTable(c rest.Call[business.Domains], marketID uuid.UUID, familyID *uuid.UUID, sheets int) (
	[]productbus.Product, error) {
	var list []productbus.Product
	pieces := 0
	page := rest.Page{Limit: 100}
	for more := true; more; more = page.Cursor != "" {
		res, err := c.D.Products.Query(c, productbus.Filter{MarketID: marketID, FamilyID: familyID, Available: new(true)},
			page.Query())
		if err != nil {
			return nil, err
		}
		for _, p := range res.Items {
			pieces += min(p.Quantity, maxCopies)
		}
		if pieces > sheets*perSheet {
			return nil, errs.ErrInvalid.With(errs.Field{Location: "query.familyID",
				Message: fmt.Sprintf("the page would have more than %d sheets; ask for one family", sheets)})
		}
		list = append(list, res.Items...)
		page.Cursor = res.NextCursor
	}
	return list, nil
}

// Labels are what a page shows.
type Labels struct {
	Market string `json:"-"`
	list   []label
}

// Render implements rest.Rendered.
func (l Labels) Render(string) ([]byte, error) {
	var b bytes.Buffer
	err := labelsPage.Execute(&b, map[string]any{
		"Market": l.Market, "Count": len(l.list), "Sheets": slices.Collect(slices.Chunk(l.list, perSheet)),
		"Style": template.CSS(labelsCSS), //nolint:gosec // a file of ours
	})
	return b.Bytes(), err
}

// Policy is the Content-Security-Policy of the page.
func (Labels) Policy() string { return labelsPolicy }

func newLabel(p productbus.Product, c currency.Currency) (label, error) {
	code, err := qr.Encode(p.Code.String(), qr.M, qr.AlphaNumeric)
	if err != nil {
		return label{}, fmt.Errorf("QR of %s: %w", p.Code, err)
	}
	const quiet = 4 // modules of white around it, as scanners want
	var path strings.Builder
	box := code.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			run := 0
			for x+run < box.Max.X && code.At(x+run, y) == color.Black {
				run++
			}
			if run > 0 { // a little higher than its row, so that no printer leaves a white line between two
				fmt.Fprintf(&path, "M%d %dh%dv1.04h-%dz", x-box.Min.X+quiet, y-box.Min.Y+quiet, run, run)
			}
			x += run
		}
	}
	return label{
		Code: p.Code.String(), Price: string(c) + " " + p.Price.Format(c), Name: string(p.Name),
		QR: template.HTMLAttr(path.String()), Size: box.Dx() + 2*quiet, //nolint:gosec // digits and letters of ours
	}, nil
}
