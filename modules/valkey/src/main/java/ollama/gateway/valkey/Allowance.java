package ollama.gateway.valkey;

import redis.clients.jedis.exceptions.JedisConnectionException;

/** How much the answers of one exchange may bring. For one thread. */
final class Allowance {
  private final long bytesMax;
  private long onWire;
  private long inMemory;

  /**
   * A whole one.
   *
   * @param bytesMax as many on the wire, and as many for what these become
   */
  Allowance(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** There is a whole one again. */
  void renew() {
    onWire = 0;
    inMemory = 0;
  }

  /**
   * So many more have come.
   *
   * @throws JedisConnectionException if that is too much
   */
  void came(long bytes) {
    onWire += bytes;
    check(onWire);
  }

  /**
   * So many more are about to be taken.
   *
   * @throws JedisConnectionException if that is too much
   */
  void take(long bytes) {
    inMemory += bytes;
    check(inMemory);
  }

  private void check(long bytes) {
    if (bytes > bytesMax) {
      throw new JedisConnectionException(
          "what the store answers is larger than "
              + (bytesMax >> 20)
              + " MiB, which is an eighth of the heap: is it a store that answers?");
    }
  }
}
