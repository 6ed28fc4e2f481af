package ollama.gateway.usage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal into books. Records say how things are, not how they changed, so those that are
 * whole are right whatever became of others; of two for the same the one that knows more holds.
 */
final class JournalReader {

  /** Of keys, which are found again by their digest's last bytes; a power of two. */
  private static final int KNOWN_KEYS = 4096;

  private final Books books;
  private final long nowSecond;
  private final HashMap<String, String> models = new HashMap<>();

  private final byte[][] knownDigests = new byte[KNOWN_KEYS][];
  private final @Nullable KeyUsage[] knownKeys = new @Nullable KeyUsage[KNOWN_KEYS];

  private byte[] bytes = new byte[0];
  private long records;
  private long end;
  private long snapshotEnd;
  private long tornBytes;
  private @Nullable String damage;

  private JournalReader(Books books, long nowSecond) {
    this.books = books;
    this.nowSecond = nowSecond;
  }

  /**
   * Reads one from its start to its end.
   *
   * @param nowSecond when it is; what was used in the minute before an earlier time isn't needed
   * @throws IOException if the system doesn't let it be read; not for anything that stands there
   */
  static JournalReader read(FileChannel channel, Books books, long nowSecond) throws IOException {
    return read(channel, Long.MAX_VALUE, books, nowSecond);
  }

  /**
   * The same of what stands before a place.
   *
   * @param upTo where a record ends
   */
  static JournalReader read(FileChannel channel, long upTo, Books books, long nowSecond)
      throws IOException {
    JournalReader reader = new JournalReader(books, nowSecond);
    if (reader.readHeader(channel)) {
      reader.readRecords(new RecordReader(channel, upTo));
    }
    return reader;
  }

  /** How many records were whole. */
  long records() {
    return records;
  }

  /** The end of the last whole one. */
  long end() {
    return end;
  }

  /** The end of what the file began with when it was made; 0 if that isn't known. */
  long snapshotEnd() {
    return snapshotEnd;
  }

  /** How many bytes there are behind the last record, as a crash leaves them. */
  long tornBytes() {
    return tornBytes;
  }

  /** What was found instead of a record with others behind it, or of a header. */
  @Nullable String damage() {
    return damage;
  }

  /** Whether it is a journal of this version, that isn't torn in its header. */
  private boolean readHeader(FileChannel channel) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(RecordEncoder.HEADER_BYTES);
    int count = 0;
    while (count >= 0 && header.hasRemaining()) {
      count = channel.read(header);
    }
    ByteBuffer expected = ByteBuffer.allocate(RecordEncoder.HEADER_BYTES);
    expected.putLong(RecordEncoder.MAGIC).putInt(RecordEncoder.VERSION).putInt(0).flip();
    header.flip();
    if (header.equals(expected)) {
      end = RecordEncoder.HEADER_BYTES;
      return true;
    }
    if (header.equals(expected.slice(0, header.limit()))) {
      tornBytes = header.limit();
    } else if (header.limit() < expected.limit()
        || header.getLong(0) != RecordEncoder.MAGIC
        || header.getInt(Long.BYTES + Integer.BYTES) != 0) {
      damage = "it doesn't begin as a journal of usage does: expected OGWUSAGE and a version";
    } else {
      damage =
          "its version is "
              + header.getInt(Long.BYTES)
              + ", expected "
              + RecordEncoder.VERSION
              + ": it is of another release of the gateway";
    }
    return false;
  }

  private void readRecords(RecordReader reader) throws IOException {
    bytes = reader.buffer().array();
    while (reader.next()) {
      if (take(reader)) {
        records++;
      } else if (damage == null) {
        damage =
            "the record at byte "
                + reader.recordOffset()
                + " is none of this version: expected a row, a key or the end of a snapshot";
      }
    }
    end = reader.end();
    tornBytes = reader.tornBytes();
    if (damage == null && reader.damagedAt() >= 0) {
      damage =
          "at byte " + reader.damagedAt() + " something else was found where a record was expected";
    }
  }

  private boolean take(RecordReader reader) {
    ByteBuffer buffer = reader.buffer();
    int start = reader.start();
    return switch (buffer.get(start)) {
      case RecordEncoder.ROW -> takeRow(buffer, start, reader.length());
      case RecordEncoder.KEY -> takeKey(buffer, start, reader.length());
      case RecordEncoder.SNAPSHOT_END -> {
        snapshotEnd = reader.end();
        yield reader.length() == 1;
      }
      default -> false;
    };
  }

  private boolean takeRow(ByteBuffer in, int start, int length) {
    if (length < RecordEncoder.ROW_BYTES) {
      return false;
    }
    int numbers = start + 1 + KeyIds.BYTES;
    int modelBytes = in.getShort(start + RecordEncoder.ROW_BYTES - Short.BYTES) & 0xFFFF;
    int day = in.getInt(numbers);
    long requests = in.getLong(numbers + 4);
    long estimated = in.getLong(numbers + 12);
    long prompt = in.getLong(numbers + 20);
    long cached = in.getLong(numbers + 28);
    long completion = in.getLong(numbers + 36);
    if (length != RecordEncoder.ROW_BYTES + modelBytes
        || !UtcTime.isDay(day)
        || requests < 1
        || (estimated | prompt | cached | completion) < 0
        || estimated > requests
        || cached > prompt) {
      return false;
    }
    Row row =
        books.days.exactRow(
            day, key(start + 1), model(start + RecordEncoder.ROW_BYTES, modelBytes));
    if (row != null && row.requests <= requests) {
      row.requests = requests;
      row.estimatedRequests = estimated;
      row.prompt = prompt;
      row.cached = cached;
      row.completion = completion;
    }
    return true;
  }

  private boolean takeKey(ByteBuffer in, int start, int length) {
    if (length < RecordEncoder.KEY_BYTES) {
      return false;
    }
    int seconds = in.get(start + RecordEncoder.KEY_BYTES - 1);
    int periods = start + 1 + KeyIds.BYTES + 1;
    if (seconds < 0
        || length != RecordEncoder.KEY_BYTES + seconds * RecordEncoder.SECOND_BYTES
        || (in.getLong(periods + 4)
                | in.getLong(periods + 16)
                | in.getLong(periods + 28)
                | in.getLong(periods + 40))
            < 0) {
      return false;
    }
    KeyUsage key = key(start + 1);
    key.day.restore(in.getInt(periods + 12), in.getLong(periods + 16));
    key.day.restore(in.getInt(periods), in.getLong(periods + 4));
    key.month.restore(in.getInt(periods + 36), in.getLong(periods + 40));
    key.month.restore(in.getInt(periods + 24), in.getLong(periods + 28));
    if (in.get(periods - 1) == RecordEncoder.WHOLE_MINUTE) {
      books.minutes.remove(key);
    }
    takeSeconds(in, start + RecordEncoder.KEY_BYTES, seconds, key);
    return true;
  }

  private void takeSeconds(ByteBuffer in, int start, int count, KeyUsage key) {
    for (int i = 0; i < count; i++) {
      long second = in.getLong(start + i * RecordEncoder.SECOND_BYTES);
      long tokens = in.getLong(start + i * RecordEncoder.SECOND_BYTES + Long.BYTES);
      if (tokens > 0 && second > nowSecond - MinuteWindow.SECONDS) {
        books.minutes.of(key, second).restore(second, tokens);
      }
    }
  }

  private String model(int start, int length) {
    String model = new String(bytes, start, length, StandardCharsets.UTF_8);
    String known = models.putIfAbsent(model, model);
    return known == null ? model : known;
  }

  /** The key of the digest that begins there; without its name being spelled again, as a rule. */
  private KeyUsage key(int start) {
    int last = start + KeyIds.BYTES - 1;
    int place = (bytes[last] & 0xFF) << Byte.SIZE | (bytes[last - 1] & 0xFF);
    place &= KNOWN_KEYS - 1;
    KeyUsage known = knownKeys[place];
    byte[] digest = knownDigests[place];
    if (known != null
        && Arrays.equals(digest, 0, KeyIds.BYTES, bytes, start, start + KeyIds.BYTES)) {
      return known;
    }
    KeyUsage key = books.key(KeyIds.get(bytes, start));
    knownKeys[place] = key;
    knownDigests[place] = Arrays.copyOfRange(bytes, start, start + KeyIds.BYTES);
    return key;
  }
}
