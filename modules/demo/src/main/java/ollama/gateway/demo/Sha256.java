package ollama.gateway.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A digest that grows with each piece. */
final class Sha256 {

  private final MessageDigest digest;

  Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The digest of a text, in lower-case hexadecimal digits. */
  static String hex(String text) {
    Sha256 sha256 = new Sha256();
    sha256.add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    return sha256.hex();
  }

  void add(ByteBuffer piece) {
    digest.update(piece);
  }

  /** The digest of all pieces, in lower-case hexadecimal digits; ends this one's use. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
