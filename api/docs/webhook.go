//go:build ignore

// Is a webhook message genuine? The headers webhook-id, webhook-timestamp and
// webhook-signature come as ID, TIMESTAMP and SIGNATURE, the secret as SECRET,
// the body, byte by byte, on standard input.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"time"
)

func genuine(secret, id, timestamp, signature string, body []byte) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for s := range strings.FieldsSeq(signature) { // several while a secret is replaced
		if hmac.Equal([]byte(s), []byte(want)) {
			return true
		}
	}
	return false
}

func main() {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	if !genuine(os.Getenv("SECRET"), os.Getenv("ID"), os.Getenv("TIMESTAMP"), os.Getenv("SIGNATURE"), body) {
		log.Fatal("not genuine")
	}
	fmt.Println("genuine")
}
