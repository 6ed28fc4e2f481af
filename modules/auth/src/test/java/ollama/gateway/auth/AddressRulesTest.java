package ollama.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import ollama.gateway.config.AddressRange;
import org.junit.jupiter.api.Test;

final class AddressRulesTest {

  @Test
  void noRulesAllowAll() {
    AddressRules rules = rules(List.of(), List.of());

    assertTrue(rules.allows(address("192.0.2.1")));
    assertTrue(rules.allows(address("2001:db8::1")));
  }

  @Test
  void anAllowListLetsNobodyElseIn() {
    AddressRules rules = rules(List.of("10.0.0.0/8", "192.0.2.7", "2001:db8::/32"), List.of());

    assertTrue(rules.allows(address("10.0.0.0")));
    assertTrue(rules.allows(address("10.255.255.255")));
    assertTrue(rules.allows(address("192.0.2.7")));
    assertTrue(rules.allows(address("2001:db8:ffff::1")));
    assertFalse(rules.allows(address("9.255.255.255")));
    assertFalse(rules.allows(address("11.0.0.0")));
    assertFalse(rules.allows(address("192.0.2.8")));
    assertFalse(rules.allows(address("2001:db9::")));
  }

  @Test
  void denyWins() {
    AddressRules rules = rules(List.of("10.0.0.0/8"), List.of("10.1.0.0/16"));

    assertTrue(rules.allows(address("10.2.0.1")));
    assertFalse(rules.allows(address("10.1.0.1")));
  }

  @Test
  void aDenyListAloneLetsAllOthersIn() {
    AddressRules rules = rules(List.of(), List.of("10.1.0.0/16", "::1"));

    assertFalse(rules.allows(address("10.1.2.3")));
    assertFalse(rules.allows(address("::1")));
    assertTrue(rules.allows(address("10.2.2.3")));
  }

  @Test
  void anIpv4MappedAddressIsTheIpv4Address() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = -1;
    mapped[12] = 10;
    InetAddress client = Inet6Address.getByAddress("", mapped, 0);
    assertEquals(16, client.getAddress().length);

    assertTrue(rules(List.of("10.0.0.0/8"), List.of()).allows(client));
    assertFalse(rules(List.of(), List.of("10.0.0.0")).allows(client));
    assertFalse(rules(List.of("::/0"), List.of()).allows(client));
  }

  @Test
  void theFamiliesAreApart() {
    AddressRules rules = rules(List.of("0.0.0.0/0"), List.of());

    assertTrue(rules.allows(address("255.255.255.255")));
    assertFalse(rules.allows(address("::1")));
    assertTrue(rules(List.of("::/0"), List.of()).allows(address("ffff::1")));
    assertFalse(rules(List.of("::/0"), List.of()).allows(address("0.0.0.0")));
  }

  @Test
  void theZoneOfALinkLocalAddressDoesNotCount() throws UnknownHostException {
    InetAddress zoned = Inet6Address.getByAddress("", address("fe80::1").getAddress(), 3);

    assertTrue(rules(List.of("fe80::/10"), List.of()).allows(zoned));
    assertFalse(rules(List.of(), List.of("fe80::1")).allows(zoned));
  }

  @Test
  void agreesWithEachRangeOnItsOwn() throws UnknownHostException {
    Random random = new Random(42);
    for (int round = 0; round < 200; round++) {
      List<AddressRange> ranges = new ArrayList<>();
      for (int i = random.nextInt(12); i >= 0; i--) {
        ranges.add(randomRange(random));
      }
      AddressRules rules = new AddressRules(ranges, List.of());
      for (int i = 0; i < 200; i++) {
        InetAddress client = randomAddress(random);
        boolean expected = ranges.stream().anyMatch(range -> range.contains(client));
        assertEquals(expected, rules.allows(client), () -> client + " in " + ranges);
      }
    }
  }

  /** Few distinct bytes, so that addresses and ranges do meet. */
  private static InetAddress randomAddress(Random random) throws UnknownHostException {
    byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt(256) : 0x80);
    }
    return InetAddress.getByAddress(bytes);
  }

  private static AddressRange randomRange(Random random) throws UnknownHostException {
    InetAddress address = randomAddress(random);
    int bits = address.getAddress().length * 8;
    return AddressRange.parse(network(address, random.nextInt(bits + 1)));
  }

  private static String network(InetAddress address, int prefixBits) throws UnknownHostException {
    byte[] bytes = address.getAddress();
    for (int bit = prefixBits; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return InetAddress.getByAddress(bytes).getHostAddress() + "/" + prefixBits;
  }

  private static AddressRules rules(List<String> allow, List<String> deny) {
    return new AddressRules(ranges(allow), ranges(deny));
  }

  private static List<AddressRange> ranges(List<String> texts) {
    return texts.stream().map(AddressRange::parse).toList();
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }
}
