package ollama.gateway.balancer.dispatch;

/**
 * Is told where a conversation is. Called outside of the line's lock, on the thread of the request,
 * so it must neither block nor throw.
 */
public interface PlaceObserver {
  /** Does nothing. */
  PlaceObserver NONE =
      // No lambda: it would be made anew in each process, before the first answer.
      new PlaceObserver() {
        @Override
        public void answered(String server, String model, Chain chain, long session, int tokens) {}
      };

  /**
   * An answer has ended that its server remembers; it is known by its chain, its session or both.
   *
   * @param server the server's name
   * @param model its canonical name
   * @param chain what the server holds now; {@link Chain#NONE} if unknown
   * @param session stands for the conversation; 0 if unknown
   * @param tokens the size of all that
   */
  void answered(String server, String model, Chain chain, long session, int tokens);

  /**
   * A server had dropped a prompt that was thought to be there. Told before {@link #answered}.
   *
   * @param server the server's name
   * @param model its canonical name
   * @param prompt what was asked
   * @param foundTokens how much of it was there still, 0 or more
   */
  default void missed(String server, String model, Chain prompt, int foundTokens) {}
}
