// Streams a chat over TLS as Go's HTTP client has it, which Ollama's own command line uses: the
// arguments are the gateway's URL, a key, and the file with who vouches for its certificate.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	pem, err := os.ReadFile(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: trusted},
		ForceAttemptHTTP2: true,
	}}
	// The second request goes on the connection of the first.
	for range 2 {
		lines := chat(client)
		if len(lines) < 3 || !strings.Contains(lines[len(lines)-1], `"done":true`) {
			log.Fatalf("no whole stream: %q", lines)
		}
	}
	fmt.Println("ok")
}

func chat(client *http.Client) []string {
	body := `{"model":"demo","messages":[{"role":"user","content":"Hello"}]}`
	request, err := http.NewRequest("POST", os.Args[1]+"/api/chat", strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Args[2])
	answer, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var lines []string
	for scanner := bufio.NewScanner(answer.Body); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	return lines
}
