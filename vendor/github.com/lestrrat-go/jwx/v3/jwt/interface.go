package jwt

import (
	"github.com/lestrrat-go/jwx/v3/internal/json"
)

type DecodeCtx = json.DecodeCtx
type TokenWithDecodeCtx = json.DecodeCtxContainer
