package ollama.gateway.valkey;

/** Something that the {@link Courier} does in the store. All is called by its thread. */
interface Errand {

  /** Writes its calls. */
  void send(Wire wire);

  /**
   * The answers are here.
   *
   * @throws redis.clients.jedis.exceptions.JedisDataException as the answer says
   */
  void answered();

  /** The store can't be reached, or didn't answer; whether it has done it isn't known then. */
  void failed();
}
