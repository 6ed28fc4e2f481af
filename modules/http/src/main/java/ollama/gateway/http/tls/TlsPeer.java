package ollama.gateway.http.tls;

import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;

/** Who is on the other side of a connection, as its certificate says once hands were shaken. */
public final class TlsPeer {

  private static final int E_MAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final String COMMON_NAME = "CN=";

  private TlsPeer() {}

  /**
   * Looks at the age of the certificate that was shown, if one was: the JDK doesn't where that
   * vouches for itself.
   *
   * @throws SSLException if it has expired, or isn't good yet
   */
  public static void checkAge(SSLEngine engine) throws SSLException {
    Optional<X509Certificate> shown = certificate(engine);
    if (shown.isPresent()) {
      try {
        shown.get().checkValidity();
      } catch (CertificateException e) {
        throw new SSLException("the certificate is out of its time", e);
      }
    }
  }

  /** Until when the certificate is good that was shown; for ever if none was. */
  public static Instant goodUntil(SSLEngine engine) {
    return certificate(engine).map(shown -> shown.getNotAfter().toInstant()).orElse(Instant.MAX);
  }

  /**
   * What the certificate that was shown is called: its alternative names that are a host's, an
   * e-mail's or a URI (RFC 5280 section 4.2.1.6), or its common names where it has none of these:
   * whoever vouches for the one may not have looked at the other. None if none was shown.
   */
  public static List<String> names(SSLEngine engine) {
    Optional<X509Certificate> shown = certificate(engine);
    return shown.isPresent() ? names(shown.get()) : List.of();
  }

  static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> entry : alternatives) {
          if (entry.get(0) instanceof Integer type
              && (type == E_MAIL || type == DNS || type == URI)) {
            names.add(String.valueOf(entry.get(1)));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // It has none that anybody could rely upon.
      return List.of();
    }
    if (!names.isEmpty()) {
      return List.copyOf(names);
    }
    return commonNames(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
  }

  /**
   * The common names of a subject, as {@link X500Principal#getName} writes it: parts with commas or
   * plus signs between, in which a backslash stands before what has a meaning (RFC 2253 section
   * 2.4). One that isn't text, or has a byte that isn't, is left out.
   */
  static List<String> commonNames(String subject) {
    List<String> names = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean isText = true;
    for (int i = 0; i <= subject.length(); i++) {
      char c = i == subject.length() ? ',' : subject.charAt(i);
      if (c == '\\' && i + 1 < subject.length()) {
        i++;
        isText &= Character.digit(subject.charAt(i), 16) < 0;
        part.append(subject.charAt(i));
      } else if (c == ',' || c == '+') {
        if (isText && part.indexOf(COMMON_NAME) == 0) {
          names.add(part.substring(COMMON_NAME.length()));
        }
        part.setLength(0);
        isText = true;
      } else {
        isText &= c != '#' || part.length() != COMMON_NAME.length();
        part.append(c);
      }
    }
    return List.copyOf(names);
  }

  private static Optional<X509Certificate> certificate(SSLEngine engine) {
    try {
      return engine.getSession().getPeerCertificates()[0] instanceof X509Certificate own
          ? Optional.of(own)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }
}
