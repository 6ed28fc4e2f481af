package ollama.gateway.valkey;

import java.util.List;
import javax.net.ssl.SSLException;
import ollama.gateway.http.tls.TlsFailure;
import redis.clients.jedis.exceptions.JedisDataException;

/** Why the store can't be used, in words for an operator. */
final class Reason {

  /** How errors begin that no other request would be spared. */
  private static final List<String> OF_STORE =
      List.of(
          "READONLY",
          "LOADING",
          "NOAUTH",
          "NOPERM",
          "OOM",
          "MASTERDOWN",
          "NOREPLICAS",
          "MISCONF",
          "BUSY",
          "CLUSTERDOWN",
          "CROSSSLOT",
          "MOVED",
          "TRYAGAIN");

  private Reason() {}

  /** What a failure means: what to do where TLS wasn't agreed upon, else its words. */
  static String of(Throwable failure) {
    Throwable cause = failure.getCause();
    for (int i = 0; i < 8 && cause != null; i++) {
      if (cause instanceof SSLException tls) {
        return TlsFailure.text(tls);
      }
      cause = cause.getCause();
    }
    String words =
        failure.getMessage() == null ? failure.toString() : String.valueOf(failure.getMessage());
    String more = failure.getCause() == null ? "" : String.valueOf(failure.getCause().getMessage());
    return words.contains(more) ? words : words + ": " + more;
  }

  /** Whether the store as a whole can't do what it is asked. */
  static boolean isOfStore(JedisDataException e) {
    String words = String.valueOf(e.getMessage());
    return OF_STORE.stream().anyMatch(words::contains);
  }
}
