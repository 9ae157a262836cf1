package saleapp_test

import (
	"testing"

	"github.com/garagesale/service/business/sdk/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
