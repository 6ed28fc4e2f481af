/** Traces of requests: their context on the wire, their spans, and the way to a collector. */
module ollama.gateway.tracing {
  requires ollama.gateway.ollama;
  requires static org.jspecify;

  exports ollama.gateway.tracing;
}
