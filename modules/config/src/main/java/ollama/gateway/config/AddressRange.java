package ollama.gateway.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A single address, or all that share their first bits. In the file: {@code 192.0.2.1}, {@code
 * 10.0.0.0/8}, {@code ::1} or {@code fd00::/8}. The families are apart: {@code ::/0} has no IPv4
 * address in it. An IPv4-mapped IPv6 address or range (RFC 4291 section 2.5.5.2) is the IPv4 one.
 *
 * @param network the first address of the range; without a zone
 * @param prefixBits how many bits are shared, 0 to 32 or 128
 */
public record AddressRange(InetAddress network, int prefixBits) {

  private static final int MAPPED_PREFIX_BITS = 96;

  /**
   * Clears the bits of the address beyond the prefix.
   *
   * @throws IllegalArgumentException if the prefix is negative or longer than the address
   */
  public AddressRange {
    byte[] bytes = network.getAddress();
    if (prefixBits < 0 || prefixBits > bytes.length * 8) {
      throw new IllegalArgumentException(
          "a prefix of this address has 0 to " + bytes.length * 8 + " bits");
    }
    boolean mapped = isMapped(bytes) && prefixBits >= MAPPED_PREFIX_BITS;
    for (int i = 0; i < bytes.length; i++) {
      int bits = Math.clamp(prefixBits - i * 8L, 0, 8);
      bytes[i] &= (byte) (0xff00 >> bits);
    }
    network = address(bytes);
    prefixBits -= mapped ? MAPPED_PREFIX_BITS : 0;
  }

  /**
   * Reads what the file has: {@code 10.0.0.0/8}, {@code 192.0.2.1}, {@code fd00::/8} or {@code
   * ::1}. Never asks a name server.
   *
   * @param text an address, and after {@code /} the length of a prefix
   * @return the range
   * @throws IllegalArgumentException if it doesn't have that form; the message says what is wrong
   */
  public static AddressRange parse(String text) {
    if (HostSyntax.isList(text)) {
      throw new IllegalArgumentException(
          "one address or range stands here, without commas and spaces: write each as a text of its"
              + " own in the list, also where a variable names several");
    }
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    if (!HostSyntax.isIpv4(literal) && !HostSyntax.isIpv6(literal)) {
      throw new IllegalArgumentException(
          "expected an address or a range, such as 192.0.2.1, 10.0.0.0/8, ::1 or fd00::/8");
    }
    InetAddress address = InetAddress.ofLiteral(literal);
    int addressBits = literal.indexOf(':') < 0 ? 32 : 128;
    int bits = slash < 0 ? addressBits : prefixBits(text.substring(slash + 1), addressBits);
    return address.getAddress().length * 8 == addressBits
        ? new AddressRange(address, bits)
        : ofMapped(address, bits);
  }

  private static int prefixBits(String text, int max) {
    boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int bits = digits && text.length() <= 3 ? Integer.parseInt(text) : -1;
    if (bits < 0 || bits > max) {
      throw new IllegalArgumentException("after the / stands a whole number from 0 to " + max);
    }
    return bits;
  }

  /** The JDK has already made an IPv4 address of it, so the prefix may reach beyond its front. */
  private static AddressRange ofMapped(InetAddress ipv4, int bits) {
    if (bits < MAPPED_PREFIX_BITS) {
      throw new IllegalArgumentException(
          "a range of IPv4-mapped addresses has a prefix of 96 bits or more; write IPv4 ranges as"
              + " 10.0.0.0/8");
    }
    return new AddressRange(ipv4, bits - MAPPED_PREFIX_BITS);
  }

  /**
   * Whether an address is in the range.
   *
   * @param address any; its zone doesn't count
   * @return whether it is of the same family and shares the prefix
   */
  public boolean contains(InetAddress address) {
    byte[] bytes = address(address.getAddress()).getAddress();
    byte[] first = network.getAddress();
    if (bytes.length != first.length) {
      return false;
    }
    for (int i = 0; i * 8 < prefixBits; i++) {
      int bits = Math.min(prefixBits - i * 8, 8);
      if (((bytes[i] ^ first[i]) & (0xff00 >> bits) & 0xff) != 0) {
        return false;
      }
    }
    return true;
  }

  /** An IPv4 address of 4 bytes or of 16 that are IPv4-mapped, else an IPv6 address. */
  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  private static boolean isMapped(byte[] bytes) {
    if (bytes.length != 16 || bytes[10] != -1 || bytes[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The form of the file, such as {@code 10.0.0.0/8}. */
  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefixBits;
  }
}
