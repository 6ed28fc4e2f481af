package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Decision;

/**
 * The way through all places where a key may stand, for a request that hasn't a right one in the
 * first; at last stands the certificate of its connection. Each wrong one that is looked up on the
 * way is a guess; beside a right key it is one only the first time, since many clients have a word
 * there that is always the same.
 */
final class KeySearch {

  private static final byte[] BASIC = "basic ".getBytes(StandardCharsets.US_ASCII);

  private final Settings settings;
  private final Call call;
  private final Fields fields;
  private final Subscriber client;

  /** Fingerprints of what is nobody's key, in the places that come before the right one. */
  private final List<Long> wrong = new ArrayList<>();

  KeySearch(Call call) {
    this.call = call;
    this.settings = call.settings();
    this.fields = call.head().fields();
    this.client = call.identity().subscriber();
  }

  /**
   * Whose key stands in another place than the first. One that is right but may be the guess at
   * last is nobody's.
   *
   * @param first the line of the first place, where there is nobody's; negative if there is none
   */
  Optional<Principal> beyond(int first) {
    if (first >= 0) {
      boolean _ = fields.value(first, this::isWrong);
    }
    Optional<Principal> found = inFields();
    if (found.isEmpty()) {
      found = inBasic();
    }
    if (found.isEmpty()) {
      found = inPath();
    }
    List<String> names = call.exchange().certificateNames();
    if (found.isEmpty() && !names.isEmpty() && showsItsOwn()) {
      // No guess: whoever shows it has its key.
      found = settings.keys().ofCertificate(names);
    }
    if (found.isPresent()) {
      countNew();
    } else {
      countAllButOne();
    }
    return found;
  }

  /**
   * Whether the certificate of the connection is that of who asks: a browser shows its user's for
   * any page, and a proxy its own for any client.
   */
  private boolean showsItsOwn() {
    return !CrossSite.isTrue(call) && call.identity().forwarded().isEmpty();
  }

  private Optional<Principal> inFields() {
    Optional<Principal> found = Optional.empty();
    for (KnownField field : PresentedKey.FIELDS) {
      int line = found.isPresent() ? -1 : fields.indexOf(field, 0);
      if (line >= 0 && !fields.nameIs(line, settings.keyField())) {
        found = inLine(line);
      }
    }
    return found;
  }

  private Optional<Principal> inLine(int line) {
    if (line < 0 || fields.valueIs(line, "")) {
      return Optional.empty();
    }
    return fields.value(
        line,
        (bytes, from, to) ->
            isBasic(bytes, from, to) ? bare(bytes, from, to) : at(bytes, from, to));
  }

  /** As a key that has this word in it, which is no guess: it is looked at as what it is later. */
  private Optional<Principal> bare(byte[] bytes, int from, int to) {
    return letIn(settings.keys().authenticate(bytes, from, to));
  }

  /** Notes what is nobody's key, unless it is read as a user's password later. */
  private boolean isWrong(byte[] bytes, int from, int to) {
    boolean isWrong = from < to && !isBasic(bytes, from, to);
    if (isWrong) {
      wrong.add(KnownMistakes.fingerprint(bytes, from, to));
    }
    return isWrong;
  }

  /** Whose key stands there; if nobody's, it is wrong. */
  private Optional<Principal> at(byte[] bytes, int from, int to) {
    Optional<Principal> found = bare(bytes, from, to);
    if (found.isEmpty() && from < to) {
      wrong.add(KnownMistakes.fingerprint(bytes, from, to));
    }
    return found;
  }

  private Optional<Principal> letIn(Optional<Principal> found) {
    return found.filter(principal -> settings.guesses().letsIn(client, principal.id()));
  }

  private Optional<Principal> inPath() {
    Optional<String> key = call.target().key();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = key.get().getBytes(StandardCharsets.ISO_8859_1);
    return at(bytes, 0, bytes.length);
  }

  private Optional<Principal> inBasic() {
    int line = fields.indexOf(KnownField.AUTHORIZATION, 0);
    return line < 0 ? Optional.empty() : fields.value(line, this::ofBasic);
  }

  /** The password, else the user. */
  private Optional<Principal> ofBasic(byte[] bytes, int from, int to) {
    if (!isBasic(bytes, from, to)) {
      return Optional.empty();
    }
    int at = from + BASIC.length;
    while (at < to && bytes[at] == ' ') {
      at++;
    }
    ByteBuffer decoded;
    try {
      decoded = Base64.getDecoder().decode(ByteBuffer.wrap(bytes, at, to - at));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    byte[] pair = decoded.array();
    int end = decoded.limit();
    int colon = 0;
    while (colon < end && pair[colon] != ':') {
      colon++;
    }
    Optional<Principal> byPassword = colon < end ? at(pair, colon + 1, end) : Optional.empty();
    return byPassword.isPresent() ? byPassword : at(pair, 0, colon);
  }

  private static boolean isBasic(byte[] bytes, int from, int to) {
    if (to - from < BASIC.length) {
      return false;
    }
    for (int i = 0; i < BASIC.length; i++) {
      int b = bytes[from + i];
      if ((BASIC[i] == ' ' ? b : b | 0x20) != BASIC[i]) {
        return false;
      }
    }
    return true;
  }

  /** Beside a right key: what wasn't there before. */
  private void countNew() {
    KnownMistakes mistakes = settings.guesses().mistakes();
    for (long mistake : wrong) {
      if (!mistakes.knows(client, mistake)) {
        Decision guess = settings.guesses().count(client, settings.config());
        if (guess.allowed()) {
          mistakes.seen(client, mistake);
        }
      }
    }
  }

  /** Without a right key: the request itself is counted as one where it is refused. */
  private void countAllButOne() {
    for (int i = 1; i < wrong.size(); i++) {
      Decision _ = settings.guesses().count(client, settings.config());
    }
  }
}
