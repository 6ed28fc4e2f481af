package ollama.gateway.app.testing;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client and a real Ollama server said to each other.
 *
 * @param name of the file
 * @param request the request's head, with a {@code Host} that was the server's
 * @param requestBody its body, one character for each byte
 * @param response the answer's head
 * @param responseBody the answer's body likewise, without the framing
 */
public record Capture(
    String name, Head request, String requestBody, Head response, String responseBody) {

  private static final Pattern SENT = Pattern.compile("(?md)^> (.*)\r$");
  private static final Pattern CAME = Pattern.compile("(?md)^< (.*)\r$");
  private static final Pattern DATA =
      Pattern.compile(" (?:-d|--data-binary) (.*?)( http://\\S+)?$");
  private static final Pattern PROGRESS = Pattern.compile("[{}] \\[\\d+ bytes data]\n");
  private static final Pattern COMMENT = Pattern.compile("\\* (Connection #0|Closing connection)");

  /** Reads a file of {@code captures/}. */
  public static String file(String name) throws IOException {
    try (InputStream in = Capture.class.getResourceAsStream("/captures/" + name)) {
      return Bytes.text(Objects.requireNonNull(in, name).readAllBytes());
    }
  }

  /** Reads what {@code curl -v} wrote. */
  public static Capture curl(String name) throws IOException {
    String text = file(name);
    Head request = head(SENT, text);
    Head response = head(CAME, text);
    int headEnd = text.lastIndexOf("\n< \r\n");
    if (headEnd < 0) {
      throw new AssertionError("no answer in " + name);
    }
    String body = text.substring(headEnd + 5);
    body = PROGRESS.matcher(body).replaceAll("");
    String length = response.field("Content-Length");
    if (length.isEmpty() || request.word(0).equals("HEAD")) {
      Matcher comment = COMMENT.matcher(body);
      int end = body.length();
      while (comment.find()) {
        end = comment.start();
      }
      body = body.substring(0, end);
    } else {
      body = body.substring(0, Integer.parseInt(length));
    }
    return new Capture(name, request, requestBody(text, request), response, body);
  }

  /** The body cut into what a server sends at a time: lines of NDJSON, events, or all of it. */
  public List<String> pieces() {
    return pieces(response.field("Content-Type"), responseBody);
  }

  /** The same for a body of a type. */
  public static List<String> pieces(String contentType, String body) {
    String end =
        contentType.equals("application/x-ndjson")
            ? "\n"
            : contentType.equals("text/event-stream") ? "\n\n" : "";
    List<String> pieces = new ArrayList<>();
    String rest = body;
    while (!rest.isEmpty()) {
      int at = end.isEmpty() ? -1 : rest.indexOf(end);
      int next = at < 0 ? rest.length() : at + end.length();
      pieces.add(rest.substring(0, next));
      rest = rest.substring(next);
    }
    return pieces;
  }

  @Override
  public String toString() {
    return name;
  }

  private static String requestBody(String text, Head request) {
    String length = request.field("Content-Length");
    if (length.isEmpty()) {
      return "";
    }
    Matcher data = DATA.matcher(text.substring(0, text.indexOf('\n')));
    // What curl read from files isn't in the capture: any bytes do.
    String body = data.find() ? data.group(1) : "-".repeat(Integer.parseInt(length));
    if (body.length() != Integer.parseInt(length)) {
      throw new AssertionError("the body of the request isn't what was sent: " + body);
    }
    return body;
  }

  private static Head head(Pattern line, String text) {
    StringBuilder head = new StringBuilder();
    Matcher matcher = line.matcher(text);
    while (matcher.find()) {
      head.append(matcher.group(1)).append("\r\n");
    }
    return new Head(head.toString());
  }
}
