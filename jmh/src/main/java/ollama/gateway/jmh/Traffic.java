package ollama.gateway.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a real client and a real Ollama server said to each other. */
public final class Traffic {

  private Traffic() {}

  /** The head of the Python client's request for a completion. */
  public static byte[] requestHead() {
    return head("request-head.txt");
  }

  /** The head of a server's answer that streams. */
  public static byte[] responseHead() {
    return head("response-head.txt");
  }

  /** The first line of that answer, as the chunk that the server made of it. */
  public static byte[] chunk() {
    return chunk(lines().getFirst());
  }

  /** All of that answer's body: a chunk for each line, and the last chunk. */
  public static byte[] body() {
    StringBuilder body = new StringBuilder();
    lines().forEach(line -> body.append(new String(chunk(line), StandardCharsets.UTF_8)));
    return body.append("0\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> lines() {
    return text("stream.ndjson").lines().map(line -> line + "\n").toList();
  }

  private static byte[] chunk(String line) {
    return (Integer.toHexString(line.length()) + "\r\n" + line + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] head(String name) {
    return (text(name) + "\n").replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(String name) {
    try (InputStream in = Traffic.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
