package mux

import (
	_ "embed"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/garagesale/service/app/domain/eventapp"
	"github.com/garagesale/service/app/sdk/rest"
)

var (
	//go:embed document.md
	description string
	//go:embed asyncapi.md
	eventsDescription string
)

// Documents are the OpenAPI document of the service and the AsyncAPI document of what it tells. Of the Config only Auth
// is needed.
func Documents(cfg Config) (rest.Document, rest.EventDocument) {
	return documents(register(cfg, chi.NewRouter()))
}

func documents(api *api) (rest.Document, rest.EventDocument) {
	doc := api.Document(rest.About{Title: "Garage-sale API", Version: "1.0.0",
		Description: strings.TrimSpace(description)})
	return doc, api.EventDocument(rest.About{Title: "Garage-sale events", Version: "1.0.0",
		Description: strings.TrimSpace(eventsDescription)}, eventapp.Channels)
}
