package ollama.gateway.valkey;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import redis.clients.jedis.util.RedisInputStream;

/** Answers as they come, each length of which is taken from an allowance before it is believed. */
final class BoundedReplies extends RedisInputStream {

  /** An object and what holds it. */
  private static final int REPLY_BYTES = 24;

  /** Of a list that is made for so many. */
  private static final int REFERENCE_BYTES = 8;

  private final Allowance allowance;

  /** Which says what kind of reply comes. */
  private byte last;

  BoundedReplies(InputStream in, Allowance allowance) {
    super(new Counted(in, allowance));
    this.allowance = allowance;
  }

  @Override
  public byte readByte() {
    allowance.take(REPLY_BYTES);
    last = super.readByte();
    return last;
  }

  @Override
  public int readIntCrLf() {
    boolean isText = last == '$' || last == '=';
    int length = super.readIntCrLf();
    if (length > 0) {
      allowance.take(isText ? length : (long) REFERENCE_BYTES * length);
    }
    return length;
  }

  private static final class Counted extends FilterInputStream {
    private final Allowance allowance;

    private Counted(InputStream in, Allowance allowance) {
      super(in);
      this.allowance = allowance;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      allowance.came(Math.max(0, read));
      return read;
    }
  }
}
