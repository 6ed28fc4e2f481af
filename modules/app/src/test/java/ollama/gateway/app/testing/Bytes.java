package ollama.gateway.app.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Bodies, and the head of a stream. In texts there is one character for each byte, whatever it
 * means to others.
 */
public final class Bytes {

  /** The head of an answer that comes as a stream of JSON lines, in chunks. */
  public static final String STREAM_HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

  /** What ends a chunked body. */
  public static final String LAST_CHUNK = "0\r\n\r\n";

  private Bytes() {}

  /** One byte for each character. */
  public static byte[] of(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** One character for each byte. */
  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** One chunk of a chunked body. */
  public static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  /**
   * Reads one chunk.
   *
   * @return its data; empty for the last one, whose trailers are read too
   * @throws EOFException when the stream ends before the chunk does
   */
  static String readChunk(InputStream in) throws IOException {
    int size = Integer.parseInt(readLine(in), 16);
    byte[] data = in.readNBytes(size);
    if (data.length < size) {
      throw new EOFException("the stream ended within a chunk");
    }
    endChunk(in, size);
    return text(data);
  }

  /** Reads one chunk and drops it; gives its length. As {@link #readChunk} else. */
  static int dropChunk(InputStream in) throws IOException {
    int size = Integer.parseInt(readLine(in), 16);
    in.skipNBytes(size);
    endChunk(in, size);
    return size;
  }

  private static void endChunk(InputStream in, int size) throws IOException {
    String line = readLine(in);
    while (size == 0 && !line.isEmpty()) {
      line = readLine(in);
    }
    if (!line.isEmpty()) {
      throw new IOException("a chunk that doesn't end with its line");
    }
  }

  /** Reads the rest of a chunked body. */
  static String readChunks(InputStream in, List<String> chunks) throws IOException {
    for (String chunk = readChunk(in); !chunk.isEmpty(); chunk = readChunk(in)) {
      chunks.add(chunk);
    }
    return String.join("", chunks);
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("the stream ended within a line");
      }
      if (b == '\n') {
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
          throw new IOException("a line that ends without CR: " + line);
        }
        return line.substring(0, line.length() - 1);
      }
      line.append((char) b);
    }
  }
}
