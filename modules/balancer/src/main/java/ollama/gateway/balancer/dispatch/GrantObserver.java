package ollama.gateway.balancer.dispatch;

/**
 * Is told where a gateway's grants don't fit what it needs. Called outside of the line's lock, on
 * the thread whose call showed it, so it must neither block nor throw; as often as it shows.
 */
public interface GrantObserver {
  /** Does nothing. */
  GrantObserver NONE =
      // No lambda: it would be made anew in each process, before the first answer.
      new GrantObserver() {
        @Override
        public void isShort(String server, String model, int wanted, int slots, boolean loads) {}
      };

  /**
   * A request waits only because the grant is used up, and none of another gateway's goes first.
   * {@link Line#grant} is the answer, also where nothing more is to be had: the request is free to
   * go elsewhere then.
   *
   * @param server its name
   * @param model its canonical name
   * @param wanted how many requests would be in flight there if all that wait for it were
   * @param slots how many the slots allow, for all gateways together
   * @param loads whether the server has to load the model first: nothing is to be had while another
   *     gateway has it load another one
   */
  void isShort(String server, String model, int wanted, int slots, boolean loads);

  /**
   * A part of the grant isn't needed, or is another gateway's turn. The line has let go of it
   * already, and keeps to what is left until {@link Line#grant} says something else.
   *
   * @param server its name
   * @param model its canonical name
   * @param given how many it has let go of, 1 or more
   */
  default void gaveBack(String server, String model, int given) {}
}
