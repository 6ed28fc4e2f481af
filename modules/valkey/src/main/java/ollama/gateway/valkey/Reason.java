package ollama.gateway.valkey;

import javax.net.ssl.SSLException;
import ollama.gateway.http.tls.TlsFailure;

/** Why the store can't be used, in words for an operator. */
final class Reason {

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
}
