package ollama.gateway.jmh;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.IntStream;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The check of a key: a digest, which is most of it, and a look-up that costs the same however many
 * keys there are.
 */
public class KeyBenchmark extends MicroBenchmark {

  private static final String KEY = "Bearer 0123456789abcdefghijklmnopqrstuvwxyzABCDEF-";

  /** How many keys there are. */
  @Param({"1", "100", "100000"})
  public int keys;

  private KeyRing ring;
  private byte[] known;
  private byte[] unknown;

  /** Keys that differ in their end. */
  @Setup(Level.Trial)
  public void setUp() {
    String bare = KEY.substring("Bearer ".length());
    ring =
        new KeyRing(
            IntStream.range(0, keys)
                .mapToObj(i -> ApiKey.ofPlain("key-" + i, bare + i, false))
                .toList());
    known = (KEY + (keys - 1)).getBytes(StandardCharsets.US_ASCII);
    unknown = (KEY + "x").getBytes(StandardCharsets.US_ASCII);
  }

  /** The last one. */
  @Benchmark
  public Optional<Principal> hit() {
    return ring.authenticate(known, 0, known.length);
  }

  /** None of them. */
  @Benchmark
  public Optional<Principal> miss() {
    return ring.authenticate(unknown, 0, unknown.length);
  }
}
