package ollama.gateway.proxy;

/** Who gets an answer: each of these has to pass all that those before it have to, and more. */
enum Access {
  /**
   * Whoever asks: an orchestrator's probes come from addresses that nobody thinks of in the address
   * rules, and refusing one would end the gateway. The answer says one word.
   */
  PROBE,
  /**
   * Who comes from an allowed address: Ollama's own command line asks {@code HEAD /} first and
   * can't send a key, and a scraper has none.
   */
  PUBLIC,
  /** Who has a key. */
  KEY,
  /** The same within all limits: these go to a server. */
  LIMITED
}
