package ollama.gateway.demo;

/**
 * What became of a {@link Question}, in nanoseconds.
 *
 * @param loadNanos from the request to its model
 * @param promptNanos from there to the first word
 * @param speechNanos from there to the last
 */
record Outcome(long loadNanos, long promptNanos, long speechNanos) {

  long totalNanos() {
    return loadNanos + promptNanos + speechNanos;
  }
}
