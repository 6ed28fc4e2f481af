/** A small stand-in Ollama server, for a first look, for tests and for benchmarks. */
module ollama.gateway.demo {
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;
  requires transitive ollama.gateway.http;
  requires ollama.gateway.ollama;

  exports ollama.gateway.demo;
}
