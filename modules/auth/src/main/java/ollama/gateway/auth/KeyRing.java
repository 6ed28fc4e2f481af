package ollama.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import ollama.gateway.config.ApiKey;
import ollama.gateway.ollama.RouteGroup;

/**
 * The accepted keys, and the certificates that stand for one. Immutable and safe for any number of
 * threads; never blocks, and allocates nothing for a header's bytes once warm.
 *
 * <p>Keys are looked up by their SHA-256 digest, at the same cost however many there are: how long
 * it takes says nothing of a key that whoever guesses doesn't know, see {@link DigestTable}.
 */
public final class KeyRing {
  /** The longest key that is looked at, in bytes; a longer one is refused without hashing it. */
  public static final int KEY_BYTES_MAX = 4096;

  private static final int POOLED_DIGESTS = 16;
  private static final byte[] BEARER = "bearer".getBytes(StandardCharsets.US_ASCII);

  private final DigestTable digests;
  private final List<Optional<Principal>> principals;
  private final Map<String, Optional<Principal>> byCertificate = new HashMap<>();
  private final int size;
  private final boolean hasAdmin;
  private final boolean anyMayAdminister;
  private final boolean anyLacksCloud;
  private final List<String> limitedByDefault;
  private final Sha256Pool pool = new Sha256Pool(POOLED_DIGESTS);

  /**
   * Makes a ring of these keys. When a key stands there twice, an entry that is marked admin
   * counts, else the first.
   *
   * @param keys the accepted keys; when empty, nobody is let in
   */
  public KeyRing(List<ApiKey> keys) {
    List<ApiKey> adminsFirst =
        keys.stream()
            .filter(key -> !key.isOfCertificateAlone())
            .sorted((a, b) -> Boolean.compare(b.admin(), a.admin()))
            .toList();
    digests =
        new DigestTable(
            adminsFirst.stream().map(key -> HexFormat.of().parseHex(key.sha256())).toList());
    principals = adminsFirst.stream().map(key -> Optional.of(new Principal(key))).toList();
    for (ApiKey key : keys) {
      if (!key.certificate().isEmpty()) {
        byCertificate.putIfAbsent(key.certificate(), Optional.of(new Principal(key)));
      }
    }
    limitedByDefault =
        keys.stream()
            .filter(key -> key.endpoints().isEmpty() && !key.admin())
            .map(ApiKey::name)
            .toList();
    hasAdmin = keys.stream().anyMatch(ApiKey::admin);
    anyMayAdminister = all().anyMatch(this::mayAdminister);
    anyLacksCloud = all().anyMatch(principal -> !principal.mayUse(RouteGroup.CLOUD));
    size = keys.size();
  }

  /**
   * Whose key a certificate stands for.
   *
   * @param names what it is called; the first that is anybody's counts
   * @return whom the key stands for; empty if it is nobody's
   */
  public Optional<Principal> ofCertificate(List<String> names) {
    for (String name : names) {
      Optional<Principal> found = byCertificate.getOrDefault(name, Optional.empty());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Whom the key of that id stands for.
   *
   * @param id as {@link Principal#id} tells it
   * @return empty if there is no such key, or no more
   */
  public Optional<Principal> byId(String id) {
    int found = digests.find(HexFormat.of().parseHex(id));
    return found >= 0
        ? principals.get(found)
        : byCertificate.values().stream()
            .flatMap(Optional::stream)
            .filter(principal -> principal.id().equals(id))
            .findFirst();
  }

  /**
   * Whether there is a key that may not run models elsewhere, so that it matters which those are.
   */
  public boolean anyLacksCloud() {
    return anyLacksCloud;
  }

  /**
   * Looks a presented key up. Accepted are the bare key and {@code Bearer KEY} (the scheme in any
   * case, RFC 9110 section 11.1, and one or more spaces), with optional white space around (RFC
   * 9110 section 5.6.3); trailing {@code =} are ignored. A key that was itself configured with the
   * word {@code Bearer} before it, as users of raw comparison had to, is found as well.
   *
   * @param presented the bytes of a header value; not kept
   * @param from index of the first byte
   * @param to index after the last byte
   * @return whom the key stands for; empty if there is no such key, or nothing was presented, or
   *     more than {@value #KEY_BYTES_MAX} bytes
   * @throws IndexOutOfBoundsException if the range isn't inside the array
   */
  public Optional<Principal> authenticate(byte[] presented, int from, int to) {
    Objects.checkFromToIndex(from, to, presented.length);
    int start = skipWhiteSpace(presented, from, to);
    int end = trimEnd(presented, start, to);
    int key = skipScheme(presented, start, end);
    Optional<Principal> found = find(presented, key, end);
    return found.isPresent() || key == start ? found : find(presented, start, end);
  }

  /**
   * The same for a key that is text already, such as one from a path. A header's value that was
   * read as ISO 8859-1 belongs into {@link #authenticate(byte[], int, int)} instead: here the text
   * is encoded as UTF-8, like the keys of the settings.
   *
   * @param presented a bare key or {@code Bearer KEY}
   * @return whom the key stands for; empty as above
   */
  public Optional<Principal> authenticate(String presented) {
    byte[] bytes = presented.getBytes(StandardCharsets.UTF_8);
    return authenticate(bytes, 0, bytes.length);
  }

  /**
   * Whether this principal may reload the settings and mint keys: admin keys may; as long as no key
   * is marked admin, every key may that may use all endpoints, which is the predecessor's way.
   *
   * @param principal one that this ring let in
   * @return whether it may
   */
  public boolean mayAdminister(Principal principal) {
    return mayAdminister(principal, hasAdmin);
  }

  /**
   * The same for whoever has no ring.
   *
   * @param principal one of some keys that is let in
   * @param hasAdmin whether any of them is marked admin
   * @return whether it may
   */
  public static boolean mayAdminister(Principal principal, boolean hasAdmin) {
    return principal.admin() || (!hasAdmin && principal.mayUseAll());
  }

  /**
   * Whether any key is marked admin. If not, every key may administer that may use all endpoints,
   * which deserves a warning.
   *
   * @return whether there is an admin key
   */
  public boolean hasAdmin() {
    return hasAdmin;
  }

  /** Whether there is a key that may administer, be it by being marked admin or for want of one. */
  public boolean anyMayAdminister() {
    return anyMayAdminister;
  }

  /** The names of keys that may run and list models alone because nothing says what they may. */
  public List<String> limitedByDefault() {
    return limitedByDefault;
  }

  /**
   * How many keys are accepted.
   *
   * @return the number of keys of the settings
   */
  public int size() {
    return size;
  }

  private Stream<Principal> all() {
    return Stream.concat(principals.stream(), byCertificate.values().stream())
        .flatMap(Optional::stream);
  }

  private Optional<Principal> find(byte[] bytes, int from, int to) {
    if (from == to || to - from > KEY_BYTES_MAX) {
      return Optional.empty();
    }
    Sha256Pool.Sha256 hash = pool.take();
    byte[] digest = hash.of(bytes, from, to);
    int found = digests.find(digest);
    pool.giveBack(hash);
    return found < 0 ? Optional.empty() : principals.get(found);
  }

  private static int skipWhiteSpace(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && isWhiteSpace(bytes[i])) {
      i++;
    }
    return i;
  }

  private static int trimEnd(byte[] bytes, int from, int to) {
    int i = to;
    while (i > from && isWhiteSpace(bytes[i - 1])) {
      i--;
    }
    while (i > from && bytes[i - 1] == '=') {
      i--;
    }
    return i;
  }

  /** The index of what follows the scheme, or {@code from} if there is none. */
  private static int skipScheme(byte[] bytes, int from, int to) {
    int i = from + BEARER.length;
    if (i >= to || bytes[i] != ' ') {
      return from;
    }
    for (int b = 0; b < BEARER.length; b++) {
      if ((bytes[from + b] | 0x20) != BEARER[b]) {
        return from;
      }
    }
    while (i < to && bytes[i] == ' ') {
      i++;
    }
    return i;
  }

  private static boolean isWhiteSpace(byte b) {
    return b == ' ' || b == '\t';
  }
}
