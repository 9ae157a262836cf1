package mux

import (
	_ "embed"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/sdk/rest"
)

//go:embed document.md
var description string

// Document is the OpenAPI document of the service. Of the Config only Auth is needed.
func Document(cfg Config) rest.Document {
	return document(register(cfg, chi.NewRouter()))
}

func document(api *api) rest.Document {
	return api.Document(rest.About{Title: "Garage-sale API", Version: "1.0.0",
		Description: strings.TrimSpace(description)})
}
