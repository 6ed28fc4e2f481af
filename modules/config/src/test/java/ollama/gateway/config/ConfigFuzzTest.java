package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Whatever the file holds: settings, or problems that say where; and ranges that agree with
 * arithmetic.
 */
final class ConfigFuzzTest {

  private static final ConfigLoader LOADER = new ConfigLoader(Map.of("NAME", "value"));
  private static final String FILE = "config.json";
  private static final int ADDRESS_BYTES = 16;

  @FuzzTest
  void file(byte[] input) throws IOException {
    Loaded loaded;
    try {
      loaded = LOADER.parse(FILE, input);
    } catch (ConfigException e) {
      assertFalse(e.problems().isEmpty());
      assertTrue(e.getMessage().lines().allMatch(ConfigFuzzTest::namesAPlace), e.getMessage());
      return;
    }
    assertEquals(loaded.config(), again(input).config());
    assertKeyCanBeAdded(loaded, input);
  }

  /** The text of a range, behind the bytes of an address to look for in it. */
  @FuzzTest
  void range(byte[] input) throws UnknownHostException {
    if (input.length < ADDRESS_BYTES) {
      return;
    }
    String text =
        new String(input, ADDRESS_BYTES, input.length - ADDRESS_BYTES, StandardCharsets.ISO_8859_1);
    AddressRange range;
    try {
      range = AddressRange.parse(text);
    } catch (IllegalArgumentException e) {
      assertFalse(String.valueOf(e.getMessage()).isEmpty());
      return;
    }
    assertEquals(range, AddressRange.parse(range.toString()));
    assertTrue(range.contains(range.network()));
    byte[] network = range.network().getAddress();
    InetAddress other = InetAddress.getByAddress(Arrays.copyOf(input, network.length));
    byte[] bytes = other.getAddress();
    boolean shares =
        bytes.length == network.length
            && prefix(bytes, range.prefixBits()).equals(prefix(network, range.prefixBits()));
    assertEquals(shares, range.contains(other));
  }

  private static BigInteger prefix(byte[] address, int bits) {
    return new BigInteger(1, address).shiftRight(address.length * 8 - bits);
  }

  private static boolean namesAPlace(String line) {
    return line.startsWith(FILE + ":");
  }

  private static Loaded again(byte[] input) {
    try {
      return LOADER.parse(FILE, input);
    } catch (ConfigException e) {
      throw new AssertionError("the second reading fails", e);
    }
  }

  /** What can be read can be written to, and then holds one key more. */
  private static void assertKeyCanBeAdded(Loaded before, byte[] input) throws IOException {
    ApiKey key = ApiKey.ofPlain("fuzz-" + before.config().apiKeys().size(), "fuzzed-key", false);
    if (before.config().apiKeys().stream()
        .anyMatch(k -> k.name().equals(key.name()) || k.sha256().equals(key.sha256()))) {
      return;
    }
    Path file = Files.createTempFile("fuzz", ".json");
    try {
      Files.write(file, input);
      new ConfigWriter().appendApiKey(file, key);
      Loaded after = LOADER.load(file);
      assertEquals(before.config().apiKeys().size() + 1, after.config().apiKeys().size());
      assertEquals(key, after.config().apiKeys().getLast());
      assertEquals(before.config().timeouts(), after.config().timeouts());
    } catch (ConfigException e) {
      throw new AssertionError("a key can't be added: " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
