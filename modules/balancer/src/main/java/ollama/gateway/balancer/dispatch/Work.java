package ollama.gateway.balancer.dispatch;

/**
 * What a request asks of a server.
 *
 * @param model its canonical name ({@code tiny:latest}); empty if it names none, so that any server
 *     will do at once
 * @param options a fingerprint of the options that make a loaded model load anew when they differ
 * @param prompt what goes in
 * @param key who asks: among equal classes keys get equal shares
 * @param priority its class
 * @param tellsWait whether its answer ends with Ollama's final numbers; one that doesn't isn't held
 *     back while the server's slots are unknown, because nothing would be learned from that
 */
public record Work(
    String model, long options, Prompt prompt, String key, Priority priority, boolean tellsWait) {

  /** Of a request that runs no model. */
  public static final Work NONE = new Work("", 0, Prompt.UNKNOWN, "", Priority.NORMAL, false);

  /** Of a request that runs no model, but is about one. */
  public static Work of(String model) {
    return new Work(model, 0, Prompt.UNKNOWN, "", Priority.NORMAL, false);
  }

  /**
   * The same of another model.
   *
   * @param other its canonical name
   */
  public Work withModel(String other) {
    return new Work(other, options, prompt, key, priority, tellsWait);
  }
}
