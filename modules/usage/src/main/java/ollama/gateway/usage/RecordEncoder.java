package ollama.gateway.usage;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes records into a buffer, as {@code package-info} describes them. Not thread-safe. */
final class RecordEncoder {

  // The header.
  static final int HEADER_BYTES = 16;
  static final long MAGIC = 0x4F4757_5553414745L;
  static final int VERSION = 1;

  // Kinds of records.
  static final byte ROW = 1;
  static final byte KEY = 2;
  static final byte SNAPSHOT_END = 3;

  /** Flag of a key: its seconds are all that there are. */
  static final byte WHOLE_MINUTE = 1;

  /** In front of the payload: the checksum, and the payload's length. */
  static final int FRAME_BYTES = 8;

  static final int ROW_BYTES = 1 + KeyIds.BYTES + 4 + 5 * 8 + 2;
  static final int KEY_BYTES = 1 + KeyIds.BYTES + 1 + 4 * (4 + 8) + 1;
  static final int SECOND_BYTES = 8 + 8;
  static final int PAYLOAD_MAX = KEY_BYTES + MinuteWindow.SECONDS * SECOND_BYTES;
  private static final int RECORD_MAX = FRAME_BYTES + PAYLOAD_MAX;

  /** Two batches. */
  private static final int BUFFER_BYTES = 2 * Journal.RECORDS_AT_ONCE * RECORD_MAX;

  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private final CRC32C checksum = new CRC32C();

  /** Empties the buffer. */
  void clear() {
    buffer.clear();
  }

  /** Whether as many records fit as are encoded at once, whatever they are. */
  boolean hasRoom() {
    return buffer.remaining() >= Journal.RECORDS_AT_ONCE * RECORD_MAX;
  }

  /** What was written, to be read; to be followed by {@link #clear}. */
  ByteBuffer flip() {
    return buffer.flip();
  }

  void header() {
    buffer.putLong(MAGIC).putInt(VERSION).putInt(0);
  }

  void snapshotEnd() {
    int start = begin(SNAPSHOT_END);
    end(start);
  }

  void row(Row row) {
    int start = begin(ROW);
    KeyIds.put(row.key.id, buffer);
    buffer
        .putInt(row.day.day)
        .putLong(row.requests)
        .putLong(row.estimatedRequests)
        .putLong(row.prompt)
        .putLong(row.cached)
        .putLong(row.completion);
    byte[] model = row.model.getBytes(StandardCharsets.UTF_8);
    buffer.putShort((short) model.length).put(model);
    end(start);
  }

  /** All of a key, its whole minute too. */
  void wholeKey(KeyUsage key, UtcTime time) {
    key(key, time, Long.MIN_VALUE);
  }

  /** A key with those of its seconds that aren't in the file, which are taken for written. */
  void changedKey(KeyUsage key, UtcTime time) {
    MinuteWindow minute = key.minute;
    key(key, time, minute == null ? Long.MIN_VALUE : minute.unwrittenFrom());
    if (minute != null) {
      minute.wrote();
    }
  }

  private void key(KeyUsage key, UtcTime time, long fromSecond) {
    int start = begin(KEY);
    KeyIds.put(key.id, buffer);
    buffer.put(fromSecond == Long.MIN_VALUE ? WHOLE_MINUTE : 0);
    period(key.day);
    period(key.month);
    seconds(key.usedInMinute(time.second()) == 0 ? null : key.minute, fromSecond);
    end(start);
  }

  private void period(PeriodCount count) {
    buffer.putInt(count.period()).putLong(count.used());
    buffer.putInt(count.otherPeriod()).putLong(count.otherUsed());
  }

  private void seconds(@Nullable MinuteWindow minute, long fromSecond) {
    int countAt = buffer.position();
    buffer.put((byte) 0);
    if (minute == null) {
      return;
    }
    int count = 0;
    for (long s = Math.max(minute.oldest(), fromSecond); s <= minute.newest(); s++) {
      long tokens = minute.bucket(s);
      if (tokens > 0) {
        buffer.putLong(s).putLong(tokens);
        count++;
      }
    }
    buffer.put(countAt, (byte) count);
  }

  private int begin(byte kind) {
    int start = buffer.position();
    buffer.position(start + FRAME_BYTES).put(kind);
    return start;
  }

  private void end(int start) {
    int length = buffer.position() - start - FRAME_BYTES;
    buffer.putInt(start + 4, length);
    checksum.reset();
    checksum.update(buffer.array(), start + 4, 4 + length);
    buffer.putInt(start, (int) checksum.getValue());
  }
}
