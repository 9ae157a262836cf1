package familybus_test

import (
	"testing"

	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
