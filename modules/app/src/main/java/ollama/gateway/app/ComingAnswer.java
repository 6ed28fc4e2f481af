package ollama.gateway.app;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A gateway's answer while it comes.
 *
 * @param status its status
 * @param length how many bytes its body has, of which the connection says nothing; negative where
 *     the body's end is told otherwise
 * @param body what comes
 * @param connection to be closed, at the answer's end or before
 */
record ComingAnswer(int status, long length, InputStream body, Closeable connection)
    implements Closeable {

  /** Longer than the gateway itself waits for a server that says nothing, unless that is set. */
  static final int SILENCE_MILLIS = 2 * 3_600_000;

  /** The rest of it, up to a bound. */
  String text(int bytesMax) throws IOException {
    int count = (int) (length < 0 ? bytesMax : Math.min(bytesMax, length));
    return new String(body.readNBytes(count), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
