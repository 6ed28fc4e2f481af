/** How often one client may ask. */
module ollama.gateway.ratelimit {
  requires transitive ollama.gateway.config;
  requires static org.jspecify;

  exports ollama.gateway.ratelimit;
}
