// A reader on go-jose of Debian: it takes and tells what reader.py does.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	jose "gopkg.in/square/go-jose.v2"
)

type asked struct {
	Text string          `json:"text"`
	Jwk  json.RawMessage `json:"jwk"`
}

func read(one asked) ([]byte, error) {
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(one.Jwk); err != nil {
		return nil, err
	}
	if strings.Count(one.Text, ".") > 2 {
		sealed, err := jose.ParseEncrypted(one.Text)
		if err != nil {
			return nil, err
		}
		return sealed.Decrypt(&key)
	}
	signed, err := jose.ParseSigned(one.Text)
	if err != nil {
		return nil, err
	}
	return signed.Verify(&key)
}

func main() {
	fmt.Println(`{"version": "2.6.0"}`)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var one asked
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		told := map[string]string{}
		if payload, err := read(one); err != nil {
			told["error"] = err.Error()
		} else {
			told["payload"] = base64.RawURLEncoding.EncodeToString(payload)
		}
		line, _ := json.Marshal(told)
		fmt.Println(string(line))
	}
}
