package ollama.gateway.valkey;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;
import org.jspecify.annotations.Nullable;

/**
 * A row of usage as the store has it: a field with the key's digest and the model's name, and what
 * was counted, in numbers. The digest is binary, since a field of up to 64 bytes takes the store
 * half the memory of a longer one.
 */
final class UsageText {
  private static final int DIGEST_BYTES = 32;

  /** A ledger has no longer names than 255 characters. */
  private static final int MODEL_BYTES_MAX = 765;

  private static final int NUMBERS = 5;
  private static final int NUMBERS_BYTES_MAX = NUMBERS * 20;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private UsageText() {}

  static byte[] field(UsageRow row) {
    byte[] model = Names.bytes(row.model());
    byte[] field = Arrays.copyOf(HexFormat.of().parseHex(row.keyId()), DIGEST_BYTES + model.length);
    System.arraycopy(model, 0, field, DIGEST_BYTES, model.length);
    return field;
  }

  static byte[] value(UsageRow row) {
    return Names.bytes(
        row.requests()
            + " "
            + row.estimatedRequests()
            + " "
            + row.counts().prompt()
            + " "
            + row.counts().cached()
            + " "
            + row.counts().completion());
  }

  /** Null if that is no row. */
  static @Nullable UsageRow parse(LocalDate day, byte[] field, byte[] value) {
    if (field.length < DIGEST_BYTES
        || field.length > DIGEST_BYTES + MODEL_BYTES_MAX
        || value.length > NUMBERS_BYTES_MAX) {
      return null;
    }
    String key = HexFormat.of().formatHex(field, 0, DIGEST_BYTES);
    byte[] name = Arrays.copyOfRange(field, DIGEST_BYTES, field.length);
    String model = new String(name, StandardCharsets.UTF_8);
    String[] numbers = new String(value, StandardCharsets.UTF_8).split(" ", -1);
    if (numbers.length != NUMBERS || !Arrays.equals(name, Names.bytes(model))) {
      return null;
    }
    try {
      long requests = Long.parseLong(numbers[0]);
      long estimated = Long.parseLong(numbers[1]);
      TokenCounts counts =
          new TokenCounts(
              Long.parseLong(numbers[2]), Long.parseLong(numbers[3]), Long.parseLong(numbers[4]));
      return requests < 1 || estimated < 0 || estimated > requests
          ? null
          : new UsageRow(key, model, day, requests, estimated, counts);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether there may be rows of such a key. */
  static boolean isDigest(String keyId) {
    return DIGEST.matcher(keyId).matches();
  }

  /** A pattern of the store's for all fields of a key. */
  static byte[] fieldsOf(String keyId) {
    byte[] digest = HexFormat.of().parseHex(keyId);
    byte[] pattern = new byte[2 * digest.length + 1];
    for (int i = 0; i < digest.length; i++) {
      pattern[2 * i] = '\\';
      pattern[2 * i + 1] = digest[i];
    }
    pattern[2 * digest.length] = '*';
    return pattern;
  }
}
