package ollama.gateway.app.testing;

/**
 * What a request asks for.
 *
 * @param method its method
 * @param target its target
 * @param body its body without the framing, one character for each byte
 */
public record Meaning(String method, String target, String body) {

  @Override
  public String toString() {
    return method + " " + target + " " + body;
  }
}
