/** A small stand-in Ollama server, for a first look, for tests and for benchmarks. */
module ollama.gateway.demo {
  requires static org.jspecify;
  requires transitive ollama.gateway.http;
}
