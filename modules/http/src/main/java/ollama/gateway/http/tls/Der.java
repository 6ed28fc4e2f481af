package ollama.gateway.http.tls;

import java.io.ByteArrayOutputStream;

/** As much of DER (X.690) as it takes to put an older key into the form that the JDK reads. */
final class Der {

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private Der() {}

  /**
   * {@code PrivateKeyInfo} of RFC 5208 section 5.
   *
   * @param algorithm {@code AlgorithmIdentifier}, encoded
   * @param key what it says of the key: {@code RSAPrivateKey} of RFC 8017 or {@code ECPrivateKey}
   *     of RFC 5915, encoded
   */
  static byte[] privateKeyInfo(byte[] algorithm, byte[] key) {
    return value(SEQUENCE, VERSION_0, algorithm, value(OCTET_STRING, key));
  }

  /**
   * The {@code AlgorithmIdentifier} of a {@code SubjectPublicKeyInfo} (RFC 5280 section 4.1),
   * encoded.
   *
   * @throws IllegalArgumentException if it isn't encoded so
   */
  static byte[] algorithmOf(byte[] publicKeyInfo) {
    int from = contentAt(publicKeyInfo, 0);
    int content = contentAt(publicKeyInfo, from);
    int to = content + length(publicKeyInfo, from);
    if (to > publicKeyInfo.length) {
      throw new IllegalArgumentException("a public key that ends too early");
    }
    byte[] algorithm = new byte[to - from];
    System.arraycopy(publicKeyInfo, from, algorithm, 0, algorithm.length);
    return algorithm;
  }

  private static int contentAt(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static byte[] value(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    der.write(tag);
    if (length < 0x80) {
      der.write(length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      der.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        der.write(length >>> (8 * i));
      }
    }
    for (byte[] part : parts) {
      der.writeBytes(part);
    }
    return der.toByteArray();
  }
}
