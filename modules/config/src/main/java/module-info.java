/** What the gateway is told: the settings file, checked and kept as records. */
module ollama.gateway.config {
  requires transitive ollama.gateway.ollama;
  requires static org.jspecify;

  exports ollama.gateway.config;
}
