/** Who used how many tokens, and how many are left. */
module ollama.gateway.usage {
  requires static org.jspecify;

  exports ollama.gateway.usage;
}
