package ollama.gateway.app.acme;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Speaks ACME with an authority (RFC 8555). A service, since what it takes is a large part of an
 * image and few need it: there is none in the plain one.
 */
public interface CertificateOrders {

  /**
   * Has a certificate made; may take minutes.
   *
   * @param challenges where the authority's questions are answered meanwhile
   * @return the certificate first, then whoever has signed the one before
   * @throws OrderFailedException when there is none; the message says why
   * @throws InterruptedException when interrupted; the order is given up
   */
  List<X509Certificate> place(CertificateOrder order, Challenges challenges)
      throws OrderFailedException, InterruptedException;
}
