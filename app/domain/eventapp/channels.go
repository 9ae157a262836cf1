package eventapp

import "github.com/garagesale/service/app/sdk/rest"

// Channels are the ways on which others hear what happens, for the document about them.
var Channels = []rest.Channel{
	{
		Name: "stream", Address: "/v1/markets/{marketID}/events", Server: "https", Title: "Server-sent events",
		Description: "GET with `Accept: text/event-stream`. Each event is one, whose `event:` is its type, whose `data:` " +
			"is the message, and whose `id:` is to be sent as `Last-Event-ID` to go on behind it. Everybody hears what it may " +
			"read. The OpenAPI document has the details.",
		Parameters: map[string]string{"marketID": "The id of the market."},
	},
	{
		Name: "webhook", Title: "Webhooks",
		Description: "POST to the address that an organiser gave. The headers `webhook-id` (the event's id), " +
			"`webhook-timestamp` and `webhook-signature` are those of the Standard Webhooks specification; `traceparent` is " +
			"the event's.",
	},
	{
		Name: "nats", Address: "garagesale.{marketID}.{type}", Server: "nats", Title: "NATS JetStream",
		Description: "The stream `GARAGESALE`, where the service is set up with one. The headers are `Nats-Msg-Id` (the " +
			"event's id, by which the server drops a repeat), `content-type` and `traceparent`.",
		Parameters: map[string]string{"marketID": "The id of the market.",
			"type": "The type of the event, whose dots divide it: `garagesale.*.garagesale.sale.>` are all sales."},
	},
}
