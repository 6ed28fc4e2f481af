package ollama.gateway.app.log;

import java.util.HexFormat;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.proxy.RequestLog;

/**
 * A request as an object in one line of JSON, written where it is to stand: what is made on the way
 * there is paid for with each request.
 */
final class AccessJson {

  private static final HexFormat HEX = HexFormat.of();

  private AccessJson() {}

  static void append(StringBuilder out, RequestLog.Entry entry, String time) {
    RequestLog.Work work = entry.work();
    out.append("{\"time\":\"").append(time);
    text(out, "\",\"id\":\"", entry.id());
    text(out, "\",\"client\":\"", entry.client().address());
    text(out, "\",\"key\":\"", entry.client().key());
    text(out, "\",\"method\":\"", entry.method());
    text(out, "\",\"route\":\"", work.route());
    text(out, "\",\"path\":\"", entry.path());
    text(out, "\",\"model\":\"", work.modelAsked());
    text(out, "\",\"modelServed\":\"", work.modelServed());
    text(out, "\",\"server\":\"", entry.server().address());
    answer(out, entry.answer());
    AccessForm.millis(out.append(",\"waitedMillis\":"), work.waitedNanos());
    millis(out, ",\"firstTokenMillis\":", work.firstTokenNanos());
    tokens(out, work.tokens());
    out.append(",\"attempts\":").append(entry.server().attempts());
    out.append(",\"outcome\":\"").append(AccessForm.outcome(entry));
    text(out, "\",\"note\":\"", entry.answer().note());
    out.append("\"}");
  }

  private static void answer(StringBuilder out, RequestLog.Answer answer) {
    out.append("\",\"status\":").append(answer.status());
    out.append(",\"bytes\":").append(answer.bodyBytes());
    millis(out, ",\"firstByteMillis\":", answer.firstByteNanos());
    AccessForm.millis(out.append(",\"durationMillis\":"), answer.durationNanos());
  }

  /** A time that may not be known. */
  private static void millis(StringBuilder out, String before, long nanos) {
    out.append(before);
    if (nanos == ModelWork.UNKNOWN) {
      out.append("null");
    } else {
      AccessForm.millis(out, nanos);
    }
  }

  private static void tokens(StringBuilder out, ModelWork.Tokens tokens) {
    out.append(",\"inputTokens\":").append(tokens.input());
    out.append(",\"cachedTokens\":").append(tokens.cached());
    out.append(",\"outputTokens\":").append(tokens.output());
    out.append(",\"estimated\":").append(tokens.estimated());
  }

  /** What stands before a text, and that text, as far as it may be written as it is. */
  private static void text(StringBuilder out, String before, String text) {
    out.append(before);
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isPlain(c)) {
        out.append(text, from, i);
        escaped(out, c);
        from = i + 1;
      }
    }
    if (from == 0) {
      out.append(text);
    } else {
      out.append(text, from, text.length());
    }
  }

  private static boolean isPlain(char c) {
    if (c < 0x7f) {
      return c >= ' ' && c != '"' && c != '\\';
    }
    return !AccessForm.isTricky(c) && !Character.isSurrogate(c);
  }

  private static void escaped(StringBuilder out, char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> out.append("\\u").append(HEX.toHexDigits(c));
    }
  }
}
