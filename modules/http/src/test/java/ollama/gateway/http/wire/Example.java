package ollama.gateway.http.wire;

/**
 * Bytes that break a rule.
 *
 * @param rule the one they break
 * @param what is wrong, for the name of the test
 * @param bytes what the peer sends, one byte per character
 */
public record Example(Rule rule, String what, String bytes) {

  @Override
  public String toString() {
    return rule + ": " + what;
  }
}
