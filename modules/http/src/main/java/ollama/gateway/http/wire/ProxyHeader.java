package ollama.gateway.http.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What a proxy says at the beginning of a connection of whose it is: the PROXY protocol as HAProxy
 * defines it in its {@code doc/proxy-protocol.txt}, sections 2.1 (version 1, a line of text) and
 * 2.2 (version 2, binary).
 *
 * @param client the address of the client; empty where the proxy speaks for itself ({@code LOCAL}),
 *     or doesn't know or has another kind of address ({@code UNKNOWN}), so that it is the client
 */
public record ProxyHeader(Optional<InetAddress> client) {

  /** Longer ones are refused, though version 2 could have 64 KiB of what isn't needed here. */
  private static final int BYTES_MAX = 4096;

  private static final byte[] TEXT_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final int TEXT_BYTES_MAX = 107;
  private static final int TEXT_PARTS = 6;
  private static final int PORT_MAX = 65_535;

  private static final byte[] BINARY_START = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };
  private static final int COMMAND_AT = 12;
  private static final int FAMILY_AT = 13;
  private static final int LENGTH_AT = 14;
  private static final int ADDRESSES_AT = 16;
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int TCP_IPV4 = 0x11;
  private static final int TCP_IPV6 = 0x21;
  private static final int PORTS_BYTES = 4;
  private static final int TYPE_CRC32C = 0x03;
  private static final int CRC32C_BYTES = 4;

  /**
   * Reads it, once it is there to its end.
   *
   * @param bytes what came so far, and still will stand there next time; nothing of it is used
   *     before all of the header is there
   * @return the header; empty when more has to come
   * @throws ProtocolException with {@link Rule#PROXY_HEADER} if it is none, or isn't well-formed
   */
  public static Optional<ProxyHeader> parse(ByteBuffer bytes) throws ProtocolException {
    if (!bytes.hasRemaining()) {
      return Optional.empty();
    }
    return bytes.get(bytes.position()) == BINARY_START[0] ? parseBinary(bytes) : parseText(bytes);
  }

  private static Optional<ProxyHeader> parseText(ByteBuffer bytes) throws ProtocolException {
    checkStart(bytes, TEXT_START);
    int end = lineEnd(bytes);
    if (end < 0) {
      check(bytes.remaining() < TEXT_BYTES_MAX);
      return Optional.empty();
    }
    byte[] line = new byte[end - bytes.position()];
    bytes.get(line).position(end + 2);
    // What follows UNKNOWN means nothing.
    String[] parts = new String(line, StandardCharsets.ISO_8859_1).split(" ", -1);
    if (parts[1].equals("UNKNOWN")) {
      return Optional.of(new ProxyHeader(Optional.empty()));
    }
    check(parts.length == TEXT_PARTS);
    Optional<InetAddress> client = AddressLiteral.parse(parts[2]);
    boolean isIpv6 = parts[1].equals("TCP6");
    check(isIpv6 || parts[1].equals("TCP4"));
    check(client.isPresent() && isIpv6 == parts[2].contains(":"));
    // Where the client wanted to goes nowhere, and some proxies write one of the other family.
    check(!parts[3].isEmpty());
    check(isPort(parts[4]) && isPort(parts[5]));
    return Optional.of(new ProxyHeader(client));
  }

  /** Where the line's CR LF stands, or -1 where it isn't there yet. */
  private static int lineEnd(ByteBuffer bytes) throws ProtocolException {
    int last = Math.min(bytes.limit(), bytes.position() + TEXT_BYTES_MAX) - 1;
    for (int i = bytes.position(); i < last; i++) {
      if (bytes.get(i) == '\r') {
        check(bytes.get(i + 1) == '\n');
        return i;
      }
    }
    return -1;
  }

  private static boolean isPort(String text) {
    if (text.isEmpty() || text.length() > 5) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return Integer.parseInt(text) <= PORT_MAX;
  }

  private static Optional<ProxyHeader> parseBinary(ByteBuffer bytes) throws ProtocolException {
    checkStart(bytes, BINARY_START);
    if (bytes.remaining() < ADDRESSES_AT) {
      return Optional.empty();
    }
    int length = ADDRESSES_AT + Short.toUnsignedInt(bytes.getShort(bytes.position() + LENGTH_AT));
    check(length <= BYTES_MAX);
    if (bytes.remaining() < length) {
      return Optional.empty();
    }
    byte[] header = new byte[length];
    bytes.get(header);
    int command = Byte.toUnsignedInt(header[COMMAND_AT]);
    check(command == LOCAL || command == PROXY);
    int addressBytes =
        switch (header[FAMILY_AT]) {
          case TCP_IPV4 -> 4;
          case TCP_IPV6 -> 16;
          default -> 0;
        };
    if (command == LOCAL || addressBytes == 0) {
      return Optional.of(new ProxyHeader(Optional.empty()));
    }
    int addressesEnd = ADDRESSES_AT + 2 * addressBytes + PORTS_BYTES;
    check(addressesEnd <= length);
    checkAdditions(header, addressesEnd);
    byte[] client = new byte[addressBytes];
    System.arraycopy(header, ADDRESSES_AT, client, 0, addressBytes);
    return Optional.of(new ProxyHeader(Optional.of(address(client))));
  }

  /** Goes through what stands behind the addresses, and verifies a checksum in it. */
  private static void checkAdditions(byte[] header, int from) throws ProtocolException {
    ByteBuffer additions = ByteBuffer.wrap(header, from, header.length - from);
    while (additions.hasRemaining()) {
      check(additions.remaining() >= 3);
      int type = additions.get();
      int length = Short.toUnsignedInt(additions.getShort());
      check(length <= additions.remaining());
      if (type == TYPE_CRC32C) {
        check(length == CRC32C_BYTES && isChecksum(header, additions.position()));
      }
      additions.position(additions.position() + length);
    }
  }

  /** Whether the four bytes there are the checksum of all, with zeros in their place. */
  private static boolean isChecksum(byte[] header, int at) {
    CRC32C sum = new CRC32C();
    sum.update(header, 0, at);
    sum.update(new byte[CRC32C_BYTES]);
    int behind = at + CRC32C_BYTES;
    sum.update(header, behind, header.length - behind);
    return (int) sum.getValue() == ByteBuffer.wrap(header).getInt(at);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  private static void checkStart(ByteBuffer bytes, byte[] start) throws ProtocolException {
    int there = Math.min(bytes.remaining(), start.length);
    for (int i = 0; i < there; i++) {
      check(bytes.get(bytes.position() + i) == start[i]);
    }
  }

  private static void check(boolean wellFormed) throws ProtocolException {
    if (!wellFormed) {
      throw new ProtocolException(Rule.PROXY_HEADER);
    }
  }
}
