package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a field in the beginning of a {@code multipart/form-data} body (RFC 7578, RFC 2046 section
 * 5.1), as {@code /v1/audio/transcriptions} has its model in one.
 *
 * <p>Of fields with one name the first counts, for Go too, so that what follows changes nothing
 * there. To servers in other languages another may count: whoever decides by a field what a client
 * may do, asks for {@link #values all of them}. Whatever two readers might read in two ways ends
 * the search with nothing: a line that ends otherwise than with CRLF, a folded header, an encoded
 * name or value, a preamble.
 */
public final class MultipartForm {
  /** How long a value may be. */
  public static final int VALUE_BYTES_MAX = 1_024;

  /** How long a boundary may be (RFC 2046 section 5.1.1). */
  public static final int BOUNDARY_LENGTH_MAX = 70;

  /** What may stand beside the boundary: what needs no quotes. */
  private static final String OTHERS = "(?:;[ \\t]*+(?!boundary)[\\w-]++=[\\w.-]++[ \\t]*+)*+";

  private static final Pattern TYPE =
      Pattern.compile(
          "multipart/form-data[ \\t]*+"
              + OTHERS
              + ";[ \\t]*+boundary=(\"?)([\\w'()+,./:=?-]{1,70})\\1[ \\t]*+"
              + OTHERS
              + ";?",
          Pattern.CASE_INSENSITIVE);

  private static final int HEADERS_BYTES_MAX = 8_192;
  private static final int NONE = -1;

  private final byte[] body;
  private final int end;
  private final byte[] delimiter;
  private final String name;

  /** How many have been seen. */
  private int delimiters;

  private MultipartForm(byte[] body, int end, String boundary, String name) {
    this.body = body;
    this.end = end;
    delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    this.name = name;
  }

  /**
   * The value of the first field of this name, in a time that grows with the length. Empty if there
   * is none, if it doesn't end within these bytes, or if something before it can be read in more
   * than one way.
   *
   * <p>Ollama takes a {@code model} in the request's query for the field, if there is one.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @param boundary from the {@code Content-Type}, without quotes
   * @param name of the field
   */
  public static Optional<String> field(byte[] body, int length, String boundary, String name) {
    return place(body, length, boundary, name)
        .map(value -> new String(body, value.from(), value.length(), StandardCharsets.UTF_8));
  }

  /**
   * Where that value stands.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @param boundary from the {@code Content-Type}, without quotes
   * @param name of the field
   * @return empty as {@link #field}
   */
  public static Optional<Span> place(byte[] body, int length, String boundary, String name) {
    if (boundary.isEmpty() || boundary.length() > BOUNDARY_LENGTH_MAX) {
      return Optional.empty();
    }
    return new MultipartForm(body, length, boundary, name)
        .find(true)
        .flatMap(places -> places.stream().findFirst());
  }

  /**
   * The values of all fields of this name in a whole form, in a time that grows with the length.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @param boundary from the {@code Content-Type}, without quotes
   * @param name of the field
   * @return empty if the form doesn't end within these bytes, or if anything in it, or behind it,
   *     can be read in more than one way: whoever decides by the values what a client may do,
   *     refuses then
   */
  public static Optional<List<String>> values(
      byte[] body, int length, String boundary, String name) {
    if (boundary.isEmpty() || boundary.length() > BOUNDARY_LENGTH_MAX) {
      return Optional.empty();
    }
    MultipartForm form = new MultipartForm(body, length, boundary, name);
    Optional<List<Span>> places = form.find(false);
    if (places.isEmpty() || form.delimiters != form.likeDelimiters()) {
      return Optional.empty();
    }
    List<String> values = new ArrayList<>();
    for (Span place : places.get()) {
      values.add(new String(body, place.from(), place.length(), StandardCharsets.UTF_8));
    }
    return Optional.of(values);
  }

  /**
   * The boundary of such a body.
   *
   * @param contentType the value of its {@code Content-Type}
   * @return empty if it is something else, or can be read in more than one way
   */
  public static String boundary(String contentType) {
    Matcher matcher = TYPE.matcher(contentType);
    return matcher.matches() ? matcher.group(2) : "";
  }

  /**
   * Where fields of this name have their values.
   *
   * @param first whether to look no further than the first, for which the rest needn't be here
   * @return empty if the end, or that first one, isn't reached in one way of reading
   */
  private Optional<List<Span>> find(boolean first) {
    List<Span> found = new ArrayList<>();
    // The first delimiter stands without a line's end before it.
    int at = startsWith(0, 2) ? delimiter.length - 2 : NONE;
    while (at != NONE) {
      delimiters++;
      if (isLast(at)) {
        return Optional.of(found);
      }
      int headersEnd = headersEnd(behindDelimiter(at));
      if (headersEnd == NONE) {
        return Optional.empty();
      }
      PartName.Kind kind = PartName.of(text(behindDelimiter(at), headersEnd)).kindFor(name);
      if (kind == PartName.Kind.UNCLEAR) {
        return Optional.empty();
      }
      int value = headersEnd + 2;
      int next = delimiter(value - 2);
      if (kind == PartName.Kind.FIELD) {
        int length = next - value;
        if (next == NONE || length < 0 || length > VALUE_BYTES_MAX) {
          return Optional.empty();
        }
        found.add(new Span(value, next));
        if (first) {
          return Optional.of(found);
        }
      }
      at = next == NONE ? NONE : next + delimiter.length;
    }
    return Optional.empty();
  }

  /**
   * How many delimiters there are to a reader to whom each line's end is one, or none is needed.
   */
  private int likeDelimiters() {
    int count = 0;
    int at = 0;
    while (at < end) {
      boolean isOne = body[at] == '-' && startsWith(at, 2);
      count += isOne ? 1 : 0;
      at += isOne ? delimiter.length - 2 : 1;
    }
    return count;
  }

  /** Whether the delimiter that ends here is the form's last. */
  private boolean isLast(int at) {
    return at + 1 < end && body[at] == '-' && body[at + 1] == '-';
  }

  /** The offset of a part's first header, if the delimiter that ends here is followed by one. */
  private int behindDelimiter(int at) {
    return at + 1 < end && body[at] == '\r' && body[at + 1] == '\n' ? at + 2 : NONE;
  }

  /** The offset of the next delimiter, or {@link #NONE}. */
  private int delimiter(int from) {
    for (int at = from; at + delimiter.length < end; at++) {
      if (body[at] == '\r' && startsWith(at, 0) && endsDelimiter(body[at + delimiter.length])) {
        return at;
      }
    }
    return NONE;
  }

  /** Whether Go, too, takes a delimiter that this follows for one. */
  private static boolean endsDelimiter(byte next) {
    return next == '\r' || next == '\n' || next == '-' || next == ' ' || next == '\t';
  }

  private boolean startsWith(int at, int skipped) {
    if (at + delimiter.length - skipped > end) {
      return false;
    }
    for (int i = skipped; i < delimiter.length; i++) {
      if (body[at + i - skipped] != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  /** The offset behind the last header's CRLF, which another CRLF follows. */
  private int headersEnd(int from) {
    if (from == NONE) {
      return NONE;
    }
    int last = Math.min(end - 1, from + HEADERS_BYTES_MAX);
    for (int at = from; at < last; at++) {
      boolean crlf = body[at] == '\r' && body[at + 1] == '\n';
      if (!crlf && (body[at] == '\r' || body[at] == '\n')) {
        return NONE;
      }
      if (crlf) {
        int line = at + 2;
        if (line + 1 < end && body[line] == '\r' && body[line + 1] == '\n') {
          return line;
        }
        at++;
      }
    }
    return NONE;
  }

  private String text(int from, int to) {
    return new String(body, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
