package rest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"
)

// Channel is a way on which the events of an API are told.
type Channel struct {
	Name        string // of the channel; its operation is called tell and then so
	Address     string // may have {parameters}; "": whoever receives says where
	Server      string // the key of one of the document's servers; "": none of them
	Title       string
	Description string            // CommonMark
	Parameters  map[string]string // their descriptions
}

// EventDocument is the AsyncAPI 3.0 document of what an API tells.
type EventDocument struct{ doc node }

type node = map[string]any

// JSON renders the document.
func (d EventDocument) JSON() ([]byte, error) { return json.Marshal(d.doc) }

// YAML renders it as YAML.
func (d EventDocument) YAML() ([]byte, error) {
	raw, err := d.JSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = yaml.Convert(&b, bytes.NewReader(raw))
	return b.Bytes(), err
}

// EventDocument makes the document; call it once, after Document, which describes the schemas that both have.
func (a *API[D]) EventDocument(about About, channels []Channel) EventDocument {
	messages, schemas := node{}, map[string]*huma.Schema{}
	for _, kind := range a.Events {
		data := a.registry.Schema(kind.Data, true, "")
		a.collect(schemas, data)
		for _, t := range kind.Types {
			messages[t.Name] = node{
				"name": t.Name, "title": strings.TrimSuffix(strings.TrimPrefix(t.Name, "garagesale."), ".v1"),
				"summary": t.Description, "contentType": cloudEventsType, "payload": envelope(t.Name, kind.Path, data),
			}
		}
	}
	refs := node{}
	for name := range messages {
		refs[name] = node{"$ref": "#/components/messages/" + name}
	}
	list, operations := node{}, node{}
	for _, c := range channels {
		list[c.Name] = c.node(refs)
		operations["tell"+strings.ToUpper(c.Name[:1])+c.Name[1:]] = node{
			"action": "send", "channel": node{"$ref": "#/channels/" + c.Name}, "summary": c.Title,
		}
	}
	return EventDocument{node{
		"asyncapi": "3.0.0",
		"info": node{"title": about.Title, "version": about.Version, "description": about.Description,
			"license": node{"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}},
		"defaultContentType": cloudEventsType,
		"servers":            servers(channels),
		"channels":           list,
		"operations":         operations,
		"components":         node{"messages": messages, "schemas": schemas},
	}}
}

const cloudEventsType = "application/cloudevents+json"

func (c Channel) node(messages node) node {
	n := node{"title": c.Title, "description": c.Description, "messages": messages, "address": nil}
	if c.Address != "" {
		n["address"] = c.Address
	}
	if c.Server != "" {
		n["servers"] = []node{{"$ref": "#/servers/" + c.Server}}
	}
	parameters := node{}
	for name, description := range c.Parameters {
		parameters[name] = node{"description": description}
	}
	if len(parameters) > 0 {
		n["parameters"] = parameters
	}
	return n
}

// servers are those of the channels; where they are, only who runs them knows.
func servers(channels []Channel) node {
	list := node{}
	for _, c := range channels {
		if c.Server != "" {
			list[c.Server] = node{"host": "{host}", "protocol": c.Server, "variables": node{"host": node{
				"description": "Host and port, as your operator says.",
			}}}
		}
	}
	return list
}

// anyID is a pattern that ids match.
const anyID = "[0-9a-f-]{36}"

// envelope is the schema of an event of that type.
func envelope(name, path string, data *huma.Schema) node {
	text := func(description string, more ...string) node {
		n := node{"type": "string", "description": description}
		for i := 0; i+1 < len(more); i += 2 {
			n[more[i]] = more[i+1]
		}
		return n
	}
	members := node{
		"specversion": text("The version of CloudEvents.", "const", "1.0"),
		"id":          text("The event's own, by which a repeat is known.", "format", "uuid"),
		"source":      text("The path of the market.", "format", "uri-reference"),
		"type":        text("What happened.", "const", name),
		"subject": text("The path of what it happened to.", "pattern",
			"^"+strings.ReplaceAll(path, "{marketID}", anyID)+anyID+"$"),
		"time":            text("When it happened.", "format", "date-time"),
		"datacontenttype": text("The media type of `data`.", "const", jsonType),
		"traceparent":     text("The trace that it belongs to (W3C Trace Context)."),
		"data":            data,
	}
	return node{"type": "object", "properties": members, "required": slices.Sorted(maps.Keys(members))}
}

// collect adds what a schema refers to, and what that refers to.
func (a *API[D]) collect(into map[string]*huma.Schema, s *huma.Schema) {
	if s == nil {
		return
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok && into[name] == nil {
		into[name] = a.registry.Map()[name]
		a.collect(into, into[name])
	}
	a.collect(into, s.Items)
	for _, p := range s.Properties {
		a.collect(into, p)
	}
}
