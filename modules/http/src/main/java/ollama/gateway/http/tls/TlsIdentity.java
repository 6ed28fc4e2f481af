package ollama.gateway.http.tls;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Who one is in TLS: a certificate, those that vouch for it, and the key that belongs to it.
 *
 * @param chain the certificate first, then whoever has signed the one before
 * @param key the private key
 */
public record TlsIdentity(List<X509Certificate> chain, PrivateKey key) {

  /** Larger files are refused: chains of certificates are a few KiB. */
  public static final long FILE_BYTES_MAX = 1 << 20;

  private static final int DNS_NAME = 2;

  /** Copies the chain. */
  public TlsIdentity {
    chain = List.copyOf(chain);
  }

  /**
   * Reads one from files in PEM (RFC 7468).
   *
   * @param certificateFile the certificate, and behind it the intermediate ones
   * @param keyFile the private key: PKCS #8, or the older form of RSA or of EC; without a password
   * @throws TlsFileException if one of them can't be read, or they don't belong together
   */
  public static TlsIdentity read(Path certificateFile, Path keyFile) throws TlsFileException {
    List<X509Certificate> chain = certificates(certificateFile);
    PublicKey owner = chain.getFirst().getPublicKey();
    PrivateKey key = privateKey(keyFile, owner);
    if (!belongTogether(key, owner)) {
      throw new TlsFileException(
          keyFile, "this key isn't that of the first certificate in " + certificateFile);
    }
    return new TlsIdentity(chain, key);
  }

  /**
   * Certificates from a file in PEM.
   *
   * @throws TlsFileException if there are none, or one isn't well-formed
   */
  public static List<X509Certificate> certificates(Path file) throws TlsFileException {
    List<X509Certificate> found = new ArrayList<>();
    for (Pem pem : Pem.read(file)) {
      if (pem.label().equals("CERTIFICATE")) {
        found.add(certificate(file, pem.bytes()));
      }
    }
    if (found.isEmpty()) {
      throw new TlsFileException(file, "there is no CERTIFICATE in it: expected PEM");
    }
    return found;
  }

  private static X509Certificate certificate(Path file, byte[] der) throws TlsFileException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new TlsFileException(file, "a certificate in it is malformed");
    }
  }

  private static PrivateKey privateKey(Path file, PublicKey owner) throws TlsFileException {
    for (Pem pem : Pem.read(file)) {
      switch (pem.label()) {
        case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY" -> {
          return key(file, owner, pem.bytes());
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
          byte[] algorithm = Der.algorithmOf(owner.getEncoded());
          return key(file, owner, Der.privateKeyInfo(algorithm, pem.bytes()));
        }
        default -> {
          // Parameters of a curve, or the certificate, which some keep in the same file.
        }
      }
    }
    throw new TlsFileException(file, "there is no PRIVATE KEY in it: expected PEM");
  }

  /**
   * A pair of keys from a file in PEM, which has both.
   *
   * @param algorithm whose keys they are, such as {@code EC}
   * @throws TlsFileException if one is missing or malformed, or they don't belong together
   */
  public static KeyPair keyPair(Path file, String algorithm) throws TlsFileException {
    for (Pem pem : Pem.read(file)) {
      if (pem.label().equals("PUBLIC KEY")) {
        try {
          PublicKey owner =
              KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(pem.bytes()));
          PrivateKey key = privateKey(file, owner);
          if (belongTogether(key, owner)) {
            return new KeyPair(owner, key);
          }
        } catch (GeneralSecurityException e) {
          // Said below.
        }
        throw new TlsFileException(file, "its two keys don't belong together");
      }
    }
    throw new TlsFileException(file, "there is no PUBLIC KEY in it: expected PEM");
  }

  private static PrivateKey key(Path file, PublicKey owner, byte[] der) throws TlsFileException {
    try {
      return KeyFactory.getInstance(owner.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException e) {
      throw new TlsFileException(
          file,
          "this is malformed, or no key of the certificate's kind (" + owner.getAlgorithm() + ")");
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey owner) {
    String algorithm =
        switch (owner.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> owner.getAlgorithm();
        };
    try {
      byte[] message = new byte[32];
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(message);
      byte[] signature = signing.sign();
      signing.initVerify(owner);
      signing.update(message);
      return signing.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** What the certificate is called: the first of its names. */
  public String name() {
    X509Certificate own = chain.getFirst();
    List<String> names = TlsPeer.names(own);
    return names.isEmpty() ? own.getSubjectX500Principal().getName() : names.getFirst();
  }

  /** Until when the certificate is good. */
  public Instant goodUntil() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /** Whether the certificate names this host (RFC 9525 section 6.3), as clients ask for it. */
  public boolean isOf(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    String anyOfDomain = dot < 0 ? "" : "*" + name.substring(dot);
    try {
      var names = chain.getFirst().getSubjectAlternativeNames();
      if (names == null) {
        return false;
      }
      for (List<?> entry : names) {
        if (entry.get(0) instanceof Integer type && type == DNS_NAME) {
          String own = String.valueOf(entry.get(1)).toLowerCase(Locale.ROOT);
          if (own.equals(name) || own.equals(anyOfDomain)) {
            return true;
          }
        }
      }
      return false;
    } catch (CertificateException e) {
      return false;
    }
  }
}
