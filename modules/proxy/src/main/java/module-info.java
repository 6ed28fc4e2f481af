/** What the gateway does with a request, from its head to its record. */
module ollama.gateway.proxy {
  requires aircompressor.v3;
  requires static transitive org.jspecify;
  requires transitive ollama.gateway.auth;
  requires transitive ollama.gateway.balancer;
  requires transitive ollama.gateway.config;
  requires transitive ollama.gateway.console;
  requires transitive ollama.gateway.http;
  requires transitive ollama.gateway.metrics;
  requires transitive ollama.gateway.ollama;
  requires transitive ollama.gateway.ratelimit;
  requires transitive ollama.gateway.shared;
  requires transitive ollama.gateway.tracing;
  requires transitive ollama.gateway.usage;

  exports ollama.gateway.proxy;
}
