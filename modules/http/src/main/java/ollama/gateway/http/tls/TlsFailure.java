package ollama.gateway.http.tls;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why TLS wasn't agreed upon with a server, in words that say what to do. */
public final class TlsFailure {

  private static final int CAUSES_MAX = 8;

  private TlsFailure() {}

  /** What a failure means. */
  public static String text(SSLException failure) {
    @Nullable Throwable cause = failure;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      switch (cause) {
        case CertificateExpiredException _ -> {
          return "TLS: its certificate has expired: renew it";
        }
        case CertificateNotYetValidException _ -> {
          return "TLS: its certificate isn't good yet: is a clock wrong?";
        }
        case CertPathBuilderException _ -> {
          return "TLS: nobody who is trusted vouches for its certificate: name who does in \"ca\"";
        }
        // In these words the JDK says it, and in no type of their own.
        case CertificateException other
            when String.valueOf(other.getMessage()).matches("No (name|subject) .*") -> {
          return "TLS: its certificate is for another name: " + other.getMessage();
        }
        default -> cause = cause.getCause();
      }
    }
    return "TLS: " + failure.getMessage();
  }
}
