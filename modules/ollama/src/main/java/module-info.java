/** What Ollama is to those who speak to it: its routes, and how it puts errors. */
module ollama.gateway.ollama {
  requires static org.jspecify;

  exports ollama.gateway.ollama;
}
