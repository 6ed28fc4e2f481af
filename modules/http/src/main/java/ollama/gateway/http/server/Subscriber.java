package ollama.gateway.http.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Whose connections are counted together: all IPv6 addresses of a /64 belong to one subscriber. */
final class Subscriber {

  private static final int PREFIX_BYTES = 8;

  private Subscriber() {}

  /** The address by which a client is counted: its own, or the first of its /64. */
  static InetAddress of(InetAddress client) {
    if (client instanceof Inet4Address) {
      return client;
    }
    byte[] bytes = client.getAddress();
    Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
