// Reads OTLP in JSON as the OpenTelemetry Collector does, with its own decoder, and prints what it
// has understood: a line of JSON for each request.
package main

import (
	"io"
	"log"
	"net/http"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func take(answer http.ResponseWriter, asked *http.Request) {
	body, err := io.ReadAll(asked.Body)
	if err == nil {
		request := ptraceotlp.NewExportRequest()
		if err = request.UnmarshalJSON(body); err == nil {
			print(request.Traces())
			io.WriteString(answer, "{}")
			return
		}
	}
	log.Print(err)
	http.Error(answer, err.Error(), http.StatusBadRequest)
}

func print(traces ptrace.Traces) {
	line, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(append(line, '\n'))
}

func main() {
	log.Fatal(http.ListenAndServe(os.Args[1], http.HandlerFunc(take)))
}
