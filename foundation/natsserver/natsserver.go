// Package natsserver runs a NATS server with JetStream inside of a program, for development and tests. It listens on
// loopback and ends with the program.
package natsserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Config changes what Start makes.
type Config struct {
	Dir        string // where streams are kept
	Port       int    // 0: one that is free
	MaxPayload int32  // bytes of a message; 0: 1 MiB

	User, Password string      // of whom it takes; "": of anybody
	TLS            *tls.Config // nil: without TLS
}

// Server is one that runs.
type Server struct{ *server.Server }

// Start starts a server and waits until it takes connections.
func Start(cfg Config) (Server, error) {
	if cfg.Port == 0 {
		cfg.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "garagesale", Host: "127.0.0.1", Port: cfg.Port, JetStream: true, StoreDir: cfg.Dir,
		MaxPayload: cfg.MaxPayload, Username: cfg.User, Password: cfg.Password, TLSConfig: cfg.TLS, NoLog: true, NoSigs: true,
	})
	if err != nil {
		return Server{}, fmt.Errorf("NATS server: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return Server{}, errors.New("NATS server: it does not listen after 10 s")
	}
	return Server{s}, nil
}

// Stop ends the server; what it acknowledged is kept in its folder.
func (s Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}
