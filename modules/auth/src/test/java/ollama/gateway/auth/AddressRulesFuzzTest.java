package ollama.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.config.AddressRange;

/** Rules by the thousand decide as one range after the other would. */
final class AddressRulesFuzzTest {

  /** Of a rule in the input: kind, prefix, address. */
  private static final int RULE_BYTES = 18;

  @FuzzTest
  void rules(byte[] input) throws UnknownHostException {
    ByteBuffer in = ByteBuffer.wrap(input);
    if (in.remaining() < RULE_BYTES) {
      return;
    }
    InetAddress client = address(in.get(), in);
    in.get();
    List<AddressRange> allow = new ArrayList<>();
    List<AddressRange> deny = new ArrayList<>();
    while (in.remaining() >= RULE_BYTES) {
      byte kind = in.get();
      int prefix = in.get() & 0xff;
      InetAddress network = address(kind, in);
      int bits = prefix % (network.getAddress().length * 8 + 1);
      ((kind & 2) == 0 ? allow : deny).add(new AddressRange(network, bits));
    }
    boolean expected =
        deny.stream().noneMatch(range -> range.contains(client))
            && (allow.isEmpty() || allow.stream().anyMatch(range -> range.contains(client)));
    AddressRules rules = new AddressRules(allow, deny);
    assertEquals(expected, rules.allows(client), () -> client + " " + allow + " " + deny);
  }

  /** Of the next 16 bytes; an IPv4 address takes 4 of them. */
  private static InetAddress address(byte kind, ByteBuffer in) throws UnknownHostException {
    byte[] bytes = new byte[(kind & 1) == 0 ? 4 : 16];
    in.get(bytes);
    in.position(in.position() + 16 - bytes.length);
    return InetAddress.getByAddress(bytes);
  }
}
