package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressRangeTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
    "10.1.2.3/8, 10.0.0.0, 10.255.255.255, 9.255.255.255, 11.0.0.0",
    "192.0.2.7, 192.0.2.7, 192.0.2.7, 192.0.2.6, 192.0.2.8",
    "192.0.2.128/25, 192.0.2.128, 192.0.2.255, 192.0.2.127, 192.0.3.0",
    "192.0.2.6/31, 192.0.2.6, 192.0.2.7, 192.0.2.5, 192.0.2.8",
    "0.0.0.0/0, 0.0.0.0, 255.255.255.255, ::, ::1",
    "::/0, ::, ffff::1, 0.0.0.0, 127.0.0.1",
    "::1, ::1, ::1, ::, ::2",
    "fd00::/8, fd00::, fdff::1, fc00::, fe00::",
    "2001:db8::/33, 2001:db8::, 2001:db8:7fff::1, 2001:db8:8000::, 2001:db7::",
    "::ffff:10.0.0.0/104, 10.0.0.0, 10.255.255.255, 11.0.0.0, ::1",
    "::ffff:192.0.2.7, 192.0.2.7, ::ffff:192.0.2.7, 192.0.2.8, ::1",
  })
  void containsFromFirstToLast(
      String range, String first, String last, String before, String after) {
    AddressRange parsed = AddressRange.parse(range);

    assertTrue(parsed.contains(InetAddress.ofLiteral(first)));
    assertTrue(parsed.contains(InetAddress.ofLiteral(last)));
    assertFalse(parsed.contains(InetAddress.ofLiteral(before)));
    assertFalse(parsed.contains(InetAddress.ofLiteral(after)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10",
        "10.0",
        "10.0.0",
        "10.0.0.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "10.0.0.1 ",
        "0x7f.0.0.1",
        "localhost",
        "[::1]",
        "::g",
        "1::2::3",
        "fe80::1%lo",
        "fe80::1%lo/64",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/33",
        "10.0.0.0/8/8",
        "10.0.0.0/8 ",
        "::/129",
        "::/0000",
        "::ffff:10.0.0.0/95",
        "::ffff:10.0.0.0/8",
        ":",
        "10.0.0.0/255.0.0.0"
      })
  void isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> AddressRange.parse(text));
  }

  @Test
  void hostBitsAreCleared() {
    assertEquals("10.0.0.0/8", AddressRange.parse("10.1.2.3/8").toString());
    assertEquals(AddressRange.parse("10.0.0.0/8"), AddressRange.parse("10.1.2.3/8"));
    assertEquals("192.0.2.1/32", AddressRange.parse("192.0.2.1").toString());
  }

  @Test
  void anIpv4MappedAddressIsTheIpv4Address() throws UnknownHostException {
    byte[] bytes = new byte[16];
    bytes[10] = bytes[11] = -1;
    bytes[12] = 10;
    InetAddress mapped = Inet6Address.getByAddress("", bytes, 0);
    assertEquals(16, mapped.getAddress().length);

    assertTrue(AddressRange.parse("10.0.0.0/8").contains(mapped));
    assertFalse(AddressRange.parse("::/0").contains(mapped));
    assertEquals(AddressRange.parse("10.0.0.0"), new AddressRange(mapped, 128));
    assertEquals(AddressRange.parse("10.0.0.0/8"), new AddressRange(mapped, 104));
  }

  @Test
  void aZoneDoesNotCount() throws UnknownHostException {
    InetAddress plain = InetAddress.ofLiteral("fe80::1");
    InetAddress zoned = Inet6Address.getByAddress("", plain.getAddress(), 1);

    assertTrue(AddressRange.parse("fe80::/10").contains(zoned));
    assertEquals(new AddressRange(plain, 128), new AddressRange(zoned, 128));
  }

  @Test
  void theRecordChecksThePrefix() {
    InetAddress address = InetAddress.ofLiteral("10.0.0.0");

    assertThrows(IllegalArgumentException.class, () -> new AddressRange(address, 33));
    assertThrows(IllegalArgumentException.class, () -> new AddressRange(address, -1));
  }
}
