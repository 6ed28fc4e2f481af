package ollama.gateway.balancer.sim;

/**
 * Gateways in front of the same servers.
 *
 * @param gateways how many; each request comes to one of them at random
 * @param talk whether they tell each other what they have
 * @param grants whether they share the servers' slots
 * @param knowsSlots whether the settings say how many slots servers have
 */
record Fleet(int gateways, boolean talk, boolean grants, boolean knowsSlots) {
  /** One that learns how many slots there are. */
  static final Fleet ONE = new Fleet(1, false, false, false);

  /** That know of each other where they are several; the settings say how many slots there are. */
  static Fleet of(int gateways) {
    return new Fleet(gateways, gateways > 1, gateways > 1, true);
  }

  /** Who know nothing of each other. */
  static Fleet silent(int gateways) {
    return new Fleet(gateways, false, false, true);
  }
}
