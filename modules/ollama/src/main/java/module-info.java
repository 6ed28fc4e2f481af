/**
 * What Ollama is to those who speak to it: its routes, how it puts errors, what it is asked for and
 * what it answers.
 */
module ollama.gateway.ollama {
  requires static org.jspecify;

  exports ollama.gateway.ollama;
}
