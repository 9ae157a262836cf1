package settings

import (
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ardanlabs/conf/v3"
)

// untold is read once: conf looks at os.Args, which FromEnvironment changes meanwhile.
var untold = sync.OnceValues(FromEnvironment)

// defaults are the settings of a program that was told nothing.
func defaults(t *testing.T) Settings {
	t.Helper()
	s, err := untold()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// each calls f with every setting of s and the name of its variable.
func each(s *Settings, f func(name string, field reflect.StructField, value reflect.Value)) {
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		for field, value := range v.Fields() {
			if value.Kind() == reflect.Struct {
				walk(name+"_"+variable(field.Name), value)
				continue
			}
			f(name+"_"+variable(field.Name), field, value)
		}
	}
	for group, value := range reflect.ValueOf(s).Elem().Fields() {
		if !group.Anonymous { // the version is no setting
			walk(prefix+"_"+variable(group.Name), value)
		}
	}
}

// TestBounds sets each setting to either of its bounds, which is let through, and to what is just outside, which is
// refused by a line that names the variable, the value and the range.
func TestBounds(t *testing.T) {
	t.Parallel()
	s := defaults(t)
	n := 0
	each(&s, func(name string, field reflect.StructField, value reflect.Value) {
		least, most := field.Tag.Get("min"), field.Tag.Get("max")
		number := value.CanInt() || value.CanUint() || value.CanFloat()
		switch {
		case (least == "" || most == "") && number && value.Type() != reflect.TypeFor[slog.Level]():
			t.Errorf("%s has no bounds", name)
			return
		case least == "":
			return
		}
		n++
		was := reflect.New(value.Type()).Elem()
		was.Set(value)
		defer value.Set(was)
		for _, bound := range []struct {
			text    string
			outward int
		}{{least, -1}, {most, 1}} {
			set(t, value, bound.text)
			if err := s.check(); err != nil {
				t.Errorf("%s is refused at its bound: %v", name, err)
			}
			if value.CanUint() && value.Uint() == 0 {
				continue // nothing is below
			}
			step(value, bound.outward)
			err := s.check()
			if err == nil {
				t.Errorf("%s is let through as %v, beyond %s", name, value, bound.text)
				continue
			}
			for _, part := range []string{name + " is", fmt.Sprint(value), least, most} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not name %q", err, part)
				}
			}
		}
	})
	if n < 20 {
		t.Errorf("%d settings with bounds were found", n)
	}
	s.Trace.Ratio = math.NaN()
	if err := s.check(); err == nil {
		t.Error("a ratio that is no number is let through")
	}
}

// set gives v the value that a bound names.
func set(t *testing.T, v reflect.Value, bound string) {
	t.Helper()
	var err error
	switch n := int64(0); {
	case v.Type() == reflect.TypeFor[time.Duration]():
		var d time.Duration
		d, err = time.ParseDuration(bound)
		v.SetInt(int64(d))
	case v.CanInt():
		n, err = strconv.ParseInt(bound, 10, 64)
		v.SetInt(n)
	case v.CanUint():
		n, err = strconv.ParseInt(bound, 10, 64)
		v.SetUint(uint64(n))
	default:
		var f float64
		f, err = strconv.ParseFloat(bound, 64)
		v.SetFloat(f)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// step makes v as little greater (+1) or less (-1) as can be.
func step(v reflect.Value, by int) {
	switch {
	case v.CanInt():
		v.SetInt(v.Int() + int64(by))
	case v.CanUint():
		v.SetUint(v.Uint() + uint64(by))
	default:
		v.SetFloat(math.Nextafter(v.Float(), math.Inf(by)))
	}
}

// TestVariables: the names in our messages are those that conf reads.
func TestVariables(t *testing.T) {
	t.Parallel()
	s := defaults(t)
	help, err := conf.UsageInfo(prefix, &s)
	if err != nil {
		t.Fatal(err)
	}
	each(&s, func(name string, _ reflect.StructField, _ reflect.Value) {
		if !strings.Contains(help, " "+name+" ") {
			t.Errorf("conf knows no %s", name)
		}
	})
}

func TestProxies(t *testing.T) {
	t.Parallel()
	s := defaults(t)
	for proxy, ok := range map[string]bool{"10.0.0.0/8": true, "fd00::/8": true, "10.0.0.1": false, "x": false} {
		s.Web.TrustedProxies = []string{"127.0.0.0/8", proxy}
		err := s.check()
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), `SALES_WEB_TRUSTED_PROXIES: "`+proxy) {
			t.Errorf("%s: %v", proxy, err)
		}
	}
}

// TestEnvironment: what the environment says is what is read, whatever the arguments are.
func TestEnvironment(t *testing.T) {
	t.Setenv("SALES_DB_MAX_CONNS", "7")
	if s, err := FromEnvironment(); err != nil || s.DB.MaxConns != 7 || s.Auth.TokenLife != 15*time.Minute {
		t.Errorf("got %+v, %v", s, err)
	}
	for value, want := range map[string]string{
		"0":  "SALES_DB_MAX_CONNS is 0: it must be from 1 to 10000",
		"-1": "SALES_DB_MAX_CONNS is -1: it must be from 1 to 10000", "many": "many",
	} {
		t.Setenv("SALES_DB_MAX_CONNS", value)
		if _, err := FromEnvironment(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
}
