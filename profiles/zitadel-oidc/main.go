// Command server serves the example provider of zitadel/oidc with the clients and users of the profile.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

type client struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
}

type user struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type users map[string]*storage.User

func (u users) GetUserByID(id string) *storage.User         { return u[id] }
func (u users) GetUserByUsername(name string) *storage.User { return u[name] }
func (u users) ExampleClientID() string                     { return storage.ServiceUserID }

func setting(name string, value any) {
	if err := json.Unmarshal([]byte(os.Getenv(name)), value); err != nil {
		fail(fmt.Sprintf("%s: %v", name, err))
	}
}

func fail(problem string) {
	fmt.Fprintln(os.Stderr, "start:", problem)
	os.Exit(1)
}

func main() {
	var clients []client
	setting("SERVER_CLIENTS", &clients)
	for _, one := range clients {
		if len(one.RedirectURIs) == 0 {
			continue // the example's own
		}
		if one.Secret == "" {
			storage.RegisterClients(storage.NativeClient(one.ID, one.RedirectURIs...))
		} else {
			storage.RegisterClients(storage.WebClient(one.ID, one.Secret, one.RedirectURIs...))
		}
	}
	var given []user
	setting("SERVER_USERS", &given)
	known := users{}
	for _, one := range given {
		known[one.Username] = &storage.User{
			ID: one.Username, Username: one.Username, Password: one.Password,
			FirstName: one.Username, LastName: "Example",
			Email: one.Username + "@users.example", EmailVerified: true,
		}
	}

	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("SERVER_PORT"))
	if err != nil {
		fail(fmt.Sprintf("the server cannot listen: %v", err))
	}
	issuer := fmt.Sprintf("http://127.0.0.1:%d", listener.Addr().(*net.TCPAddr).Port)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server := &http.Server{Handler: exampleop.SetupServer(issuer, storage.NewStorage(known), logger, false)}

	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-stopped.Done()
		server.Close()
	}()
	fmt.Printf("ready %s\n", issuer)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fail(err.Error())
	}
}
