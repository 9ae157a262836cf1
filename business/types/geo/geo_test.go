package geo_test

import (
	"encoding/json"
	"testing"

	"github.com/garagesale/service/business/types/geo"
)

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		lat, lon bool // whether it is one
	}{
		{"0", true, true}, {"25.4052165", true, true}, {"-33.8", true, true},
		{"90", true, true}, {"-90", true, true}, {"90.0000001", false, true}, {"-90.0000001", false, true},
		{"180", false, true}, {"-180", false, true}, {"180.0000001", false, false}, {"-180.0000001", false, false},
		{"1e999", false, false}, {`"1"`, false, false}, {"true", false, false},
	} {
		var lat geo.Latitude
		var lon geo.Longitude
		if err := json.Unmarshal([]byte(tt.text), &lat); (err == nil) != tt.lat {
			t.Errorf("latitude %s: %v, want one: %t", tt.text, err, tt.lat)
		}
		if err := json.Unmarshal([]byte(tt.text), &lon); (err == nil) != tt.lon {
			t.Errorf("longitude %s: %v, want one: %t", tt.text, err, tt.lon)
		}
	}
}
