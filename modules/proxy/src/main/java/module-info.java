/** The way of a request through the gateway, from its head to its line in the access log. */
module ollama.gateway.proxy {
  requires static org.jspecify;
  requires transitive ollama.gateway.auth;
  requires transitive ollama.gateway.balancer;
  requires transitive ollama.gateway.config;
  requires transitive ollama.gateway.http;
  requires transitive ollama.gateway.metrics;
  requires transitive ollama.gateway.ratelimit;
}
