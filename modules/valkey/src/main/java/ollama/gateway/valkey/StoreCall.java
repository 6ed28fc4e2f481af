package ollama.gateway.valkey;

import java.util.List;

/**
 * Something that the {@link Courier} does in the store. All is called by its thread. What has
 * failed may have been done all the same: whoever can't live with either has to see to it.
 */
interface StoreCall {

  /**
   * Whether it has to wait for the answer to another one.
   *
   * @param batch what is about to be sent
   */
  default boolean hasToWait(List<StoreCall> batch) {
    return false;
  }

  /**
   * Whether news goes out before it, and is heard before its answer: it is about slots, and whoever
   * gets one decides by what is known.
   */
  default boolean isBehindNews() {
    return false;
  }

  /** Writes its calls. */
  void send(Wire wire);

  /**
   * The answers are here.
   *
   * @throws redis.clients.jedis.exceptions.JedisDataException as the answer says
   */
  void answered();

  /** The store can't be reached, didn't answer, or said no; it may have done it, or not. */
  void failed();
}
