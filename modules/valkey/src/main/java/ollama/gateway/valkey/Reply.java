package ollama.gateway.valkey;

import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/** What the store says to one call. For the courier's thread. */
final class Reply<T> {
  private @Nullable Response<T> response;

  /** It was asked for; also once more. */
  void isDue(Response<T> asked) {
    response = asked;
  }

  /**
   * What it says, after the exchange.
   *
   * @throws JedisDataException if that is an error
   * @throws IllegalStateException if nobody has asked for it
   */
  T get() {
    Response<T> asked = response;
    if (asked == null) {
      throw new IllegalStateException("answered before it was sent");
    }
    return asked.get();
  }
}
