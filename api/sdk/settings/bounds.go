package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// inRange names the first setting that is outside of its bounds.
func inRange(s Settings) error { return within(prefix, reflect.ValueOf(s)) }

func within(name string, v reflect.Value) error {
	for field, value := range v.Fields() {
		name := name + "_" + variable(field.Name)
		if value.Kind() == reflect.Struct {
			if err := within(name, value); err != nil {
				return err
			}
			continue
		}
		least, most := field.Tag.Get("min"), field.Tag.Get("max")
		if least == "" {
			continue
		}
		low, err := compare(value, least)
		if err != nil {
			return fmt.Errorf("%s: min: %w", name, err)
		}
		high, err := compare(value, most)
		if err != nil {
			return fmt.Errorf("%s: max: %w", name, err)
		}
		if low < 0 || high > 0 {
			return fmt.Errorf("%s is %v: it must be from %s to %s", name, value, least, most)
		}
	}
	return nil
}

// compare compares a value with a bound, which is written as the value would be.
func compare(v reflect.Value, bound string) (int, error) {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(bound)
		return cmp.Compare(v.Int(), int64(d)), err
	case v.CanInt():
		n, err := strconv.ParseInt(bound, 10, 64)
		return cmp.Compare(v.Int(), n), err
	case v.CanUint():
		n, err := strconv.ParseUint(bound, 10, 64)
		return cmp.Compare(v.Uint(), n), err
	case v.CanFloat():
		f, err := strconv.ParseFloat(bound, 64)
		return cmp.Compare(v.Float(), f), err // one that is not a number is below all
	}
	return 0, fmt.Errorf("a %s has no bounds", v.Type())
}

var wordEnds = regexp.MustCompile(`([a-z])([A-Z])|([A-Z])([A-Z][a-z])`)

// variable is the name of a field in the environment, as conf makes it: APIHost is API_HOST.
func variable(field string) string {
	return strings.ToUpper(wordEnds.ReplaceAllString(field, "${1}${3}_${2}${4}"))
}
