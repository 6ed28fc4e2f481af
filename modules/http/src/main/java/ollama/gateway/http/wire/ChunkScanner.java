package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import ollama.gateway.http.message.Ascii;

/**
 * Everything of a chunked body but the data: sizes, extensions, line ends, trailers (RFC 9112
 * section 7.1).
 *
 * <pre>
 *   SIZE --;--> EXTENSION --CR--> SIZE_LF --LF--> (data) --> DATA_CR --CR--> DATA_LF --LF--> SIZE
 *   SIZE "0" ... SIZE_LF --LF--> TRAILER_START --CR--> END_LF --LF--> complete
 *   TRAILER_START --token--> TRAILER_NAME --:--> TRAILER_VALUE --CR--> TRAILER_LF --> TRAILER_START
 * </pre>
 */
final class ChunkScanner {

  private static final int SIZE_DIGITS_MAX = 15;
  private static final int EXTENSION_BYTES_MAX = 256;
  private static final int EXTENSIONS_BYTES_MAX = 16 * 1024;
  private static final int TRAILER_BYTES_MAX = 8 * 1024;

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF
  }

  private State state = State.SIZE;
  private long size;
  private int digits;
  private long dataLeft;
  private int extensionBytes;
  private int extensionsBytes;
  private int trailerBytes;

  /** A scanner that is where this one is, and goes on by itself. */
  ChunkScanner copy() {
    ChunkScanner copy = new ChunkScanner();
    copy.state = state;
    copy.size = size;
    copy.digits = digits;
    copy.dataLeft = dataLeft;
    copy.extensionBytes = extensionBytes;
    copy.extensionsBytes = extensionsBytes;
    copy.trailerBytes = trailerBytes;
    return copy;
  }

  void reset() {
    state = State.SIZE;
    size = 0;
    digits = 0;
    dataLeft = 0;
    extensionBytes = 0;
    extensionsBytes = 0;
    trailerBytes = 0;
  }

  /** Bytes of the present chunk's data that are still to be taken. */
  long dataLeft() {
    return dataLeft;
  }

  void dataTaken(int bytes) {
    dataLeft -= bytes;
  }

  /**
   * Scans up to the next data or the end of the body.
   *
   * @return whether the body is complete
   */
  boolean scan(ByteBuffer in) throws ProtocolException {
    while (in.hasRemaining()) {
      byte b = in.get();
      switch (state) {
        case SIZE -> size(b);
        case EXTENSION -> extension(b);
        case SIZE_LF -> {
          expect(b, '\n', Rule.CHUNK_SIZE);
          if (startData()) {
            return false;
          }
        }
        case DATA_CR -> {
          expect(b, '\r', Rule.CHUNK_END);
          state = State.DATA_LF;
        }
        case DATA_LF -> {
          expect(b, '\n', Rule.CHUNK_END);
          state = State.SIZE;
        }
        case END_LF -> {
          expect(b, '\n', Rule.TRAILER);
          return true;
        }
        default -> trailer(b);
      }
    }
    return false;
  }

  private void size(byte b) throws ProtocolException {
    int digit = hexDigit(b);
    if (digit >= 0) {
      if (++digits > SIZE_DIGITS_MAX) {
        throw new ProtocolException(Rule.CHUNK_SIZE);
      }
      size = size << 4 | digit;
    } else if (digits == 0) {
      throw new ProtocolException(Rule.CHUNK_SIZE);
    } else if (b == '\r') {
      state = State.SIZE_LF;
    } else if (b == ';') {
      extensionBytes = 0;
      state = State.EXTENSION;
    } else {
      throw new ProtocolException(Rule.CHUNK_SIZE);
    }
  }

  private void extension(byte b) throws ProtocolException {
    if (b == '\r') {
      state = State.SIZE_LF;
      return;
    }
    boolean control = (b >= 0 && b < ' ' && b != '\t') || b == 0x7f;
    if (control
        || ++extensionBytes > EXTENSION_BYTES_MAX
        || ++extensionsBytes > EXTENSIONS_BYTES_MAX) {
      throw new ProtocolException(Rule.CHUNK_EXTENSION);
    }
  }

  /** Whether data follows; otherwise this was the last chunk, and trailers follow. */
  private boolean startData() {
    boolean data = size > 0;
    dataLeft = size;
    size = 0;
    digits = 0;
    state = data ? State.DATA_CR : State.TRAILER_START;
    return data;
  }

  private void trailer(byte b) throws ProtocolException {
    if (++trailerBytes > TRAILER_BYTES_MAX) {
      throw new ProtocolException(Rule.TRAILER_TOO_LARGE);
    }
    switch (state) {
      case TRAILER_START -> {
        if (b == '\r') {
          state = State.END_LF;
        } else if (Ascii.isToken(b)) {
          state = State.TRAILER_NAME;
        } else {
          throw new ProtocolException(Rule.TRAILER);
        }
      }
      case TRAILER_NAME -> {
        if (b == ':') {
          state = State.TRAILER_VALUE;
        } else if (!Ascii.isToken(b)) {
          throw new ProtocolException(Rule.TRAILER);
        }
      }
      case TRAILER_VALUE -> {
        if (b == '\r') {
          state = State.TRAILER_LF;
        } else if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
          throw new ProtocolException(Rule.TRAILER);
        }
      }
      case TRAILER_LF -> {
        expect(b, '\n', Rule.TRAILER);
        state = State.TRAILER_START;
      }
      default -> throw new IllegalStateException("not in a trailer: " + state);
    }
  }

  private static void expect(byte b, char wanted, Rule rule) throws ProtocolException {
    if (b != wanted) {
      throw new ProtocolException(rule);
    }
  }

  private static int hexDigit(byte b) {
    if (b >= '0' && b <= '9') {
      return b - '0';
    }
    int lower = b | 0x20;
    return b > 0 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }
}
