package ollama.gateway.http.server;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import ollama.gateway.http.wire.ByteSink;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;

/** What a client gets that broke a rule, or for which there is no room: its connection's last. */
final class LastAnswer {

  static final String JSON = "application/json; charset=utf-8";

  private static final FieldName RETRY_AFTER = FieldName.of("Retry-After");
  private static final FieldName ALLOW_ORIGIN = FieldName.of("Access-Control-Allow-Origin");
  private static final FieldName EXPOSE_HEADERS = FieldName.of("Access-Control-Expose-Headers");

  private LastAnswer() {}

  /**
   * Appends it.
   *
   * @param openToPages whether any page may read it
   */
  static void write(
      ByteSink out,
      String date,
      int status,
      String text,
      OptionalInt retryAfterSeconds,
      boolean openToPages) {
    byte[] body = body(text);
    HeadWriter.statusLine(out, status);
    HeadWriter.field(out, ResponseWriter.DATE, date);
    HeadWriter.field(out, ResponseWriter.CONTENT_TYPE, JSON);
    HeadWriter.field(out, ResponseWriter.CONTENT_LENGTH, body.length);
    if (retryAfterSeconds.isPresent()) {
      HeadWriter.field(out, RETRY_AFTER, retryAfterSeconds.getAsInt());
    }
    if (openToPages) {
      HeadWriter.field(out, ALLOW_ORIGIN, "*");
      HeadWriter.field(out, EXPOSE_HEADERS, "Retry-After");
    }
    HeadWriter.fields(out, ResponseWriter.CLOSE);
    HeadWriter.end(out);
    out.room(body.length).put(body);
  }

  /** An error as JSON; the text needs no escaping. */
  static byte[] body(String text) {
    return ("{\"error\":\"" + text + "\"}").getBytes(StandardCharsets.US_ASCII);
  }
}
