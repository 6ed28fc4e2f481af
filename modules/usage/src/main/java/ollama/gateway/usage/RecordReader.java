package ollama.gateway.usage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * Finds the whole records of a journal, from behind its header on, also those behind bytes that
 * belong to none. Not thread-safe.
 */
final class RecordReader {
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel channel;
  private final long upTo;
  private final CRC32C checksum = new CRC32C();
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

  /** Where in the file the buffer begins. */
  private long offset;

  private int position;
  private int limit;
  private boolean isAtEnd;

  /** Where the bytes began that belong to no record; -1 if there were none. */
  private long strayFrom = -1;

  /** Where the first of those began that have a record behind them. */
  private long damagedAt = -1;

  private int length;

  /**
   * One of a channel that is read from its position on.
   *
   * @param upTo the file is taken to end there, if it doesn't before
   */
  RecordReader(FileChannel channel, long upTo) throws IOException {
    this.channel = channel;
    this.upTo = upTo;
    this.offset = channel.position();
  }

  /** Goes to the next record; false if there is none. */
  boolean next() throws IOException {
    while (true) {
      if (limit - position < RecordEncoder.FRAME_BYTES + RecordEncoder.PAYLOAD_MAX) {
        fill();
      }
      if (position == limit) {
        return false;
      }
      length = lengthOfWhole();
      if (length > 0) {
        if (strayFrom >= 0 && damagedAt < 0) {
          damagedAt = strayFrom;
        }
        strayFrom = -1;
        position += RecordEncoder.FRAME_BYTES + length;
        return true;
      }
      if (strayFrom < 0) {
        strayFrom = offset + position;
      }
      position++;
    }
  }

  /** What the record's payload lies in, from {@link #start} on. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** The payload's place in the buffer. */
  int start() {
    return position - length;
  }

  int length() {
    return length;
  }

  /** Where the record begins in the file. */
  long recordOffset() {
    return offset + start() - RecordEncoder.FRAME_BYTES;
  }

  /** The end of the last whole record. */
  long end() {
    return strayFrom < 0 ? offset + position : strayFrom;
  }

  /** How many bytes of no record there are behind the last one, once there is no next. */
  long tornBytes() {
    return strayFrom < 0 ? 0 : offset + position - strayFrom;
  }

  /** Where bytes of no record have one behind them; -1 if nowhere. */
  long damagedAt() {
    return damagedAt;
  }

  /** The length of the payload of the record that begins here; 0 if none does. */
  private int lengthOfWhole() {
    if (limit - position < RecordEncoder.FRAME_BYTES) {
      return 0;
    }
    int said = buffer.getInt(position + 4);
    if (said < 1
        || said > RecordEncoder.PAYLOAD_MAX
        || said > limit - position - RecordEncoder.FRAME_BYTES) {
      return 0;
    }
    checksum.reset();
    checksum.update(bytes, position + 4, 4 + said);
    return (int) checksum.getValue() == buffer.getInt(position) ? said : 0;
  }

  private void fill() throws IOException {
    if (isAtEnd) {
      return;
    }
    System.arraycopy(bytes, position, bytes, 0, limit - position);
    offset += position;
    limit -= position;
    position = 0;
    buffer.limit((int) Math.min(bytes.length, upTo - offset)).position(limit);
    while (buffer.hasRemaining() && !isAtEnd) {
      isAtEnd = channel.read(buffer) < 0;
    }
    limit = buffer.position();
    isAtEnd |= offset + limit == upTo;
    buffer.limit(bytes.length);
  }
}
