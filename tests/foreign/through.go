// Reads messages, one a line, into types made of the schemas, each as an envelope, and writes
// what it says again from the type of its kind.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

func read(raw []byte, into any) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(raw))
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var envelope Envelope
		read(lines.Bytes(), &envelope)
		var inner struct{ Message json.RawMessage }
		var kind struct{ Kind string }
		json.Unmarshal(lines.Bytes(), &inner)
		json.Unmarshal(inner.Message, &kind)
		message := kinds[kind.Kind]()
		read(inner.Message, message)
		write(message)
	}
}
