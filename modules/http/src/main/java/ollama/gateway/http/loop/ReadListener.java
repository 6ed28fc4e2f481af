package ollama.gateway.http.loop;

/** Takes bytes in place of the thread that waits for them. */
@FunctionalInterface
public interface ReadListener {

  /**
   * Takes what is there to read. Runs on the loop's own thread and so must not wait, nor take a
   * lock that a thread from elsewhere takes. It shouldn't throw; if it does, the thread runs next.
   *
   * @return whether the thread is to go on waiting; if not, it runs next
   */
  boolean onReadable();
}
