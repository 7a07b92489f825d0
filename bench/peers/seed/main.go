// The hub of event streams that one writes first, and what run.sh measures the gateway beside: a map from users to channels behind a
// mutex. Streams over TLS at /sse/USER; in the clear POST /publish/USER, and POST /publish for everyone, whose body is an event's data.
// It has no tokens, no log and no limits; HTTP/1.1 only.
package main

import (
	"crypto/tls"
	"flag"
	"io"
	"log"
	"net/http"
	"sync"
)

// A stream has room for some events; a publisher waits for one that has none left.
type stream struct {
	events chan []byte
	gone   <-chan struct{}
}

type hub struct {
	mutex sync.RWMutex
	users map[string]map[*stream]bool
}

func (hub *hub) enter(user string, reader *stream) {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	if hub.users[user] == nil {
		hub.users[user] = map[*stream]bool{}
	}
	hub.users[user][reader] = true
}

func (hub *hub) leave(user string, reader *stream) {
	hub.mutex.Lock()
	defer hub.mutex.Unlock()
	delete(hub.users[user], reader)
	if len(hub.users[user]) == 0 {
		delete(hub.users, user)
	}
}

func (hub *hub) stream(response http.ResponseWriter, request *http.Request) {
	user := request.PathValue("user")
	reader := &stream{events: make(chan []byte, 64), gone: request.Context().Done()}
	hub.enter(user, reader)
	defer hub.leave(user, reader)
	response.Header().Set("Content-Type", "text/event-stream")
	response.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(response)
	for err := out.Flush(); err == nil; err = out.Flush() {
		select {
		case event := <-reader.events:
			response.Write(event)
		case <-reader.gone:
			return
		}
	}
}

func (hub *hub) publish(response http.ResponseWriter, request *http.Request) {
	data, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	event := []byte("data: " + string(data) + "\n\n")
	hub.mutex.RLock()
	defer hub.mutex.RUnlock()
	if user := request.PathValue("user"); user != "" {
		send(event, hub.users[user])
		return
	}
	for _, streams := range hub.users {
		send(event, streams)
	}
}

func send(event []byte, streams map[*stream]bool) {
	for reader := range streams {
		select {
		case reader.events <- event:
		case <-reader.gone:
		}
	}
}

func main() {
	streams := flag.String("streams", "127.0.0.1:7446", "address of the streams, over TLS")
	publishes := flag.String("publishes", "127.0.0.1:7083", "address of the publishers, in the clear")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	flag.Parse()

	hub := &hub{users: map[string]map[*stream]bool{}}
	reading, publishing := http.NewServeMux(), http.NewServeMux()
	reading.HandleFunc("GET /sse/{user}", hub.stream)
	publishing.HandleFunc("POST /publish/{user}", hub.publish)
	publishing.HandleFunc("POST /publish", hub.publish)

	quiet := log.New(io.Discard, "", 0)
	go func() {
		log.Fatal((&http.Server{Addr: *publishes, Handler: publishing, ErrorLog: quiet}).ListenAndServe())
	}()
	server := &http.Server{
		Addr: *streams, Handler: reading, ErrorLog: quiet,
		TLSConfig:    &tls.Config{MinVersion: tls.VersionTLS13},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
	}
	log.Fatal(server.ListenAndServeTLS(*certificate, *key))
}
