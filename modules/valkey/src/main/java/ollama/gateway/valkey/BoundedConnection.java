package ollama.gateway.valkey;

import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.PushConsumerChain;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * A connection on which an answer can't take all memory, whatever it says of its length: what the
 * answers of one exchange may bring is bounded, and known before there is memory for it. For one
 * thread.
 */
final class BoundedConnection extends Connection {

  /** What is in use besides it, at the same time: the same once more, as maps and as texts. */
  private static final int OF_HEAP = 8;

  private final Allowance allowance;

  /** What is read by, since it connected. */
  private @Nullable BoundedReplies replies;

  private BoundedConnection(Maker maker) {
    super(maker);
    allowance = new Allowance(maker.bytesMax);
  }

  private static final class Maker extends Connection.Builder {
    private final long bytesMax;

    private Maker(long bytesMax) {
      this.bytesMax = bytesMax;
    }

    @Override
    protected Connection createConnection() {
      return new BoundedConnection(this);
    }
  }

  /** How much the answers of one exchange may bring, an eighth of the heap. */
  static long bytesMax() {
    return Runtime.getRuntime().maxMemory() / OF_HEAP;
  }

  /**
   * Connects, and says who this is.
   *
   * @param bytesMax see {@link Allowance}
   * @throws JedisException if that fails, or takes longer than may be waited
   */
  static BoundedConnection open(JedisSocketFactory sockets, JedisClientConfig how, long bytesMax) {
    return (BoundedConnection) new Maker(bytesMax).socketFactory(sockets).clientConfig(how).build();
  }

  /** From here on as much as ever may come. */
  void beginExchange() {
    allowance.renew();
  }

  @Override
  public void connect() {
    if (!isConnected()) {
      replies = null;
    }
    super.connect();
  }

  @Override
  protected @Nullable Object protocolRead(RedisInputStream in, PushConsumerChain pushes) {
    BoundedReplies bounded = replies;
    if (bounded == null) {
      bounded = new BoundedReplies(in, allowance);
      replies = bounded;
    }
    return super.protocolRead(bounded, pushes);
  }
}
