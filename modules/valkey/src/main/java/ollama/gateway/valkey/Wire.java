package ollama.gateway.valkey;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** A connection to the store. For one thread. */
final class Wire implements AutoCloseable {

  /** What no gateway removes is gone a day later. */
  private static final long HELD_SECONDS = 86_400;

  private final BoundedConnection connection;
  private final Pipeline pipeline;
  private final Map<Script, byte[]> digests = new EnumMap<>(Script.class);

  /**
   * Has the store keep the scripts.
   *
   * @param connection closed with it
   * @throws JedisException if that fails, or takes longer than may be waited
   */
  Wire(BoundedConnection connection) {
    this.connection = connection;
    this.pipeline = new Pipeline(connection, false);
    loadScripts();
  }

  /** Has the store keep the scripts, of which calls name the digests alone. */
  void loadScripts() {
    Map<Script, Response<byte[]>> loaded = new EnumMap<>(Script.class);
    byte[] anywhere = Names.bytes("");
    for (Script script : Script.values()) {
      loaded.put(script, pipeline.scriptLoad(script.text(), anywhere));
    }
    exchange();
    loaded.forEach((script, digest) -> digests.put(script, digest.get()));
  }

  /** Writes a call; its answer is here after {@link #exchange}. */
  Response<Object> call(Script script, List<byte[]> keys, List<byte[]> arguments) {
    byte[] digest = digests.get(script);
    if (digest == null) {
      throw new IllegalStateException("a script that wasn't loaded: " + script);
    }
    return pipeline.evalsha(digest, keys, arguments);
  }

  /** Writes a call for all of a table. */
  Response<Map<byte[], byte[]>> all(byte[] table) {
    return pipeline.hgetAll(table);
  }

  /** Writes that so many run and are reserved. */
  Response<Long> hold(byte[] key, Map<byte[], byte[]> fields) {
    Response<Long> done = pipeline.hset(key, fields);
    Response<Long> _ = pipeline.expire(key, HELD_SECONDS);
    return done;
  }

  /** Writes that nothing of these is there any more. */
  Response<Long> drop(byte[] key, byte[]... fields) {
    return pipeline.hdel(key, fields);
  }

  /** Writes a call for what a sorted set has from a number on, the highest first. */
  Response<List<byte[]>> latest(byte[] set, byte[] from, int countMax) {
    return pipeline.zrevrangeByScore(set, Names.bytes("+inf"), from, 0, countMax);
  }

  /** Writes a call for the numbers in a sorted set that are below one. */
  Response<List<byte[]>> daysBefore(byte[] set, long end) {
    return pipeline.zrangeByScore(set, Names.bytes("-inf"), Names.bytes("(" + end));
  }

  /** Writes that these are gone, and what {@link #daysBefore} tells of that set. */
  Response<Long> removeDays(byte[] set, long end, byte[]... keys) {
    Response<Long> _ = pipeline.unlink(keys);
    return pipeline.zremrangeByScore(set, Names.bytes("-inf"), Names.bytes("(" + end));
  }

  /** Writes a call for some of a hash. */
  Response<ScanResult<Map.Entry<byte[], byte[]>>> scan(byte[] key, byte[] cursor, ScanParams how) {
    return pipeline.hscan(key, cursor, how);
  }

  /** Writes that a gateway is gone. */
  void leave(byte[] replicas, byte[] replica) {
    Response<Long> _ = pipeline.zrem(replicas, replica);
  }

  /**
   * Sends what was written, and waits for all answers.
   *
   * @throws JedisException if they don't come, or not in time; what was done of it isn't known
   */
  void exchange() {
    connection.beginExchange();
    pipeline.sync();
  }

  @Override
  public void close() {
    connection.close();
  }
}
