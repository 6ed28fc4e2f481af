package ollama.gateway.ollama;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the headers of a part of {@code multipart/form-data} call it (RFC 7578 section 4.2). */
final class PartName {
  /** What a part is to who looks for a field. */
  enum Kind {
    /** The field. */
    FIELD,
    /** Another field, or a file. */
    OTHER,
    /** The one to one reader, the other to another. */
    UNCLEAR
  }

  /** A part that may have any name. */
  private static final PartName UNCLEAR = new PartName("", Kind.UNCLEAR);

  private final String name;

  /** What the part is to who looks for this name. */
  private final Kind kind;

  private PartName(String name, Kind kind) {
    this.name = name;
    this.kind = kind;
  }

  /**
   * The name that these headers give.
   *
   * @param headers each ends with CRLF, and nothing else does
   */
  static PartName of(String headers) {
    PartName found = null;
    int at = 0;
    while (at < headers.length()) {
      int lineEnd = headers.indexOf("\r\n", at);
      int colon = headers.indexOf(':', at);
      if (colon <= at || colon > lineEnd || !isToken(headers, at, colon)) {
        return UNCLEAR;
      }
      String header = headers.substring(at, colon).toLowerCase(Locale.ROOT);
      String value = headers.substring(colon + 1, lineEnd).toLowerCase(Locale.ROOT);
      if (header.equals("content-disposition")) {
        if (found != null) {
          return UNCLEAR;
        }
        found = ofDisposition(headers.substring(colon + 1, lineEnd));
      } else if (header.equals("content-transfer-encoding") && value.contains("quoted")) {
        // Go decodes it.
        return UNCLEAR;
      }
      at = lineEnd + 2;
    }
    return found == null ? UNCLEAR : found;
  }

  /** What this part is to who looks for this field. */
  Kind kindFor(String field) {
    return name.isEmpty() || name.equals(field) ? kind : Kind.OTHER;
  }

  private static PartName ofDisposition(String value) {
    int semicolon = value.indexOf(';');
    if (semicolon < 0 || !isFormData(value, semicolon)) {
      return UNCLEAR;
    }
    String name = null;
    Kind kind = Kind.FIELD;
    int at = semicolon;
    while (at < value.length()) {
      Parameter parameter = Parameter.at(value, at);
      if (parameter == null) {
        return UNCLEAR;
      }
      if (parameter.name.equals("name")) {
        if (name != null) {
          return UNCLEAR;
        }
        name = parameter.value;
      } else if (parameter.name.startsWith("name*")) {
        return UNCLEAR;
      } else {
        boolean file = parameter.name.equals("filename") && !parameter.value.isEmpty();
        kind = file && kind == Kind.FIELD ? Kind.OTHER : Kind.UNCLEAR;
      }
      at = parameter.end;
    }
    // Of an escape Go has its own idea; of what else stands beside a name it may think as it likes
    // where that is another name.
    return name == null || name.isEmpty() || name.indexOf('\\') >= 0
        ? UNCLEAR
        : new PartName(name, kind);
  }

  private static boolean isFormData(String value, int to) {
    int from = skipSpace(value, 0);
    int behind = from;
    while (behind < to && isTokenCharacter(value.charAt(behind))) {
      behind++;
    }
    return value.substring(from, behind).equalsIgnoreCase("form-data")
        && skipSpace(value, behind) == to;
  }

  private static int skipSpace(String text, int from) {
    int at = from;
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
    return at;
  }

  private static boolean isToken(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isTokenCharacter(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }

  /** A parameter of a header's value; a quoted value is as it stands between its quotes. */
  private record Parameter(String name, String value, int end) {

    /** The parameter behind the semicolon that stands here, or null if there is none. */
    static @Nullable Parameter at(String text, int semicolon) {
      int from = skipSpace(text, semicolon + 1);
      int equals = text.indexOf('=', from);
      if (text.charAt(semicolon) != ';' || equals <= from || !isToken(text, from, equals)) {
        return null;
      }
      String name = text.substring(from, equals).toLowerCase(Locale.ROOT);
      int value = equals + 1;
      if (value < text.length() && text.charAt(value) == '"') {
        int quote = closingQuote(text, value);
        return quote < 0
            ? null
            : new Parameter(name, text.substring(value + 1, quote), skipSpace(text, quote + 1));
      }
      int behind = value;
      while (behind < text.length() && isTokenCharacter(text.charAt(behind))) {
        behind++;
      }
      return behind == value
          ? null
          : new Parameter(name, text.substring(value, behind), skipSpace(text, behind));
    }

    private static int closingQuote(String text, int opening) {
      int at = opening + 1;
      while (at < text.length() && text.charAt(at) != '"') {
        boolean escapes =
            text.charAt(at) == '\\'
                && at + 1 < text.length()
                && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
        at += escapes ? 2 : 1;
      }
      return at < text.length() ? at : -1;
    }
  }
}
