package ollama.gateway.http.server;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Addresses as text, IPv6 in the form of RFC 5952 that everybody reads and searches for. */
public final class AddressText {

  private static final int GROUPS = 8;

  private AddressText() {}

  /** Without brackets and without a zone. */
  public static String of(InetAddress address) {
    return address instanceof Inet6Address
        ? ofGroups(address.getAddress())
        : address.getHostAddress();
  }

  private static String ofGroups(byte[] bytes) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int gapFrom = -1;
    int gapLength = 1; // section 4.2.2: a single zero group isn't shortened
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > gapLength) {
        gapFrom = i;
        gapLength = end - i;
      }
      i = Math.max(i, end);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == gapFrom) {
        text.append("::");
        i += gapLength - 1;
      } else {
        boolean afterGap = gapFrom >= 0 && i == gapFrom + gapLength;
        text.append(i == 0 || afterGap ? "" : ":").append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
