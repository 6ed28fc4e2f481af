package ollama.gateway.http.poll;

/** Is told what happened to a socket. */
public interface Watcher {

  /**
   * Something happened; called by the loop's own thread, and must neither wait nor throw.
   *
   * @param ops the constants of {@link Registration} that hold and are armed; 0 when the socket was
   *     closed on this side amid that
   */
  void ready(int ops);
}
