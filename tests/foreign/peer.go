// A peer on Go's own TLS that knows nothing of the model; it takes and tells what peer.py does.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

type asked struct {
	Port, Version, Ca, Chain, Key, Host, Say, Early string
	Now                                             int64
}

type told struct {
	Version *string  `json:"version"`
	Frames  []string `json:"frames"`
	Words   string   `json:"words"`
}

var versions = map[string]uint16{
	"1.1": tls.VersionTLS11,
	"1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one asked
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		got := told{Frames: []string{}}
		meet := visit
		if one.Port == "" {
			meet = beVisited
		}
		if err := meet(one, &got); err != nil && !errors.Is(err, io.EOF) {
			got.Words = err.Error()
		}
		line, _ := json.Marshal(got)
		fmt.Println(string(line))
	}
}

func visit(one asked, got *told) error {
	plain, err := net.Dial("tcp", "127.0.0.1:"+one.Port)
	if err != nil {
		return err
	}
	stream := tls.Client(plain, settings(one))
	defer stream.Close()
	if err := stream.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if err := stream.Handshake(); err != nil {
		return err
	}
	version := fmt.Sprintf("TLSv%s", one.Version)
	if stream.ConnectionState().Version == versions[one.Version] {
		got.Version = &version
	}
	if err := say(stream, one.Early); err != nil {
		return err
	}
	for {
		frame, err := receive(stream)
		if err != nil {
			return err
		}
		got.Frames = append(got.Frames, hex.EncodeToString(frame))
		if len(got.Frames) == 2 || one.Say == "" {
			return nil
		}
		if err := say(stream, one.Say); err != nil {
			return err
		}
	}
}

func beVisited(one asked, got *told) error {
	config := settings(one)
	config.ClientAuth = tls.RequireAndVerifyClientCert
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Printf("{\"port\": %d}\n", server.Addr().(*net.TCPAddr).Port)
	plain, err := server.Accept()
	if err != nil {
		return err
	}
	stream := tls.Server(plain, config)
	defer stream.Close()
	if err := stream.Handshake(); err != nil {
		return err
	}
	version := fmt.Sprintf("TLSv%s", one.Version)
	got.Version = &version
	if _, err := stream.Write(make([]byte, 4)); err != nil {
		return err
	}
	_, err = stream.Read(make([]byte, 1))
	return err
}

func settings(one asked) *tls.Config {
	text, err := os.ReadFile(one.Ca)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	version := versions[one.Version]
	config := &tls.Config{ServerName: one.Host, RootCAs: roots, ClientCAs: roots}
	config.MinVersion, config.MaxVersion = version, version
	// Go asks the kernel for the time, and no library that a test could put in between
	config.Time = func() time.Time { return time.Unix(one.Now, 0) }
	if one.Chain != "" {
		own, err := tls.LoadX509KeyPair(one.Chain, one.Key)
		if err != nil {
			panic(err)
		}
		config.Certificates = []tls.Certificate{own}
		// shown whatever authorities the server names, so that it is the server who refuses
		config.GetClientCertificate =
			func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	}
	return config
}

func say(stream *tls.Conn, text string) error {
	said, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	_, err = stream.Write(said)
	return err
}

func receive(stream *tls.Conn) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(stream, head); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(head))
	_, err := io.ReadFull(stream, frame)
	return frame, err
}
