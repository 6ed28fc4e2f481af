/** Who may come in: keys and address rules. */
module ollama.gateway.auth {
  requires transitive ollama.gateway.config;
  requires static org.jspecify;

  exports ollama.gateway.auth;
}
