package ollama.gateway.ollama;

/**
 * One change of a body that leaves every other byte as it is.
 *
 * @param place what is taken out; empty where something is only put in
 * @param text what is put there instead
 */
public record Edit(Span place, String text) {

  /** Puts something in. */
  static Edit insert(int at, String text) {
    return new Edit(new Span(at, at), text);
  }
}
