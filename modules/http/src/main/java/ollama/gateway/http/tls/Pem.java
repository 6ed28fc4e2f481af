package ollama.gateway.http.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What stands in a file between lines of dashes (RFC 7468). */
final class Pem {

  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  private final String label;
  private final byte[] bytes;

  private Pem(String label, byte[] bytes) {
    this.label = label;
    this.bytes = bytes;
  }

  /** What it is, such as {@code CERTIFICATE}. */
  String label() {
    return label;
  }

  /** It, in DER; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** All that a file has, in its order; text before and between is skipped. */
  static List<Pem> read(Path file) throws TlsFileException {
    List<Pem> found = new ArrayList<>();
    String text = text(file);
    int at = text.indexOf(BEGIN);
    while (at >= 0) {
      int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
      if (labelEnd < 0) {
        throw new TlsFileException(file, "its line of dashes doesn't end: it isn't PEM");
      }
      String label = text.substring(at + BEGIN.length(), labelEnd);
      int end = text.indexOf(END + label + DASHES, labelEnd);
      if (end < 0) {
        throw new TlsFileException(file, "the end of its " + label + " is missing");
      }
      found.add(new Pem(label, decoded(file, label, text.substring(labelEnd + 5, end))));
      at = text.indexOf(BEGIN, end);
    }
    return found;
  }

  private static byte[] decoded(Path file, String label, String lines) throws TlsFileException {
    if (lines.contains("Proc-Type:") || label.startsWith("ENCRYPTED")) {
      throw new TlsFileException(
          file,
          "its key is encrypted, and nobody is there to ask for the password: store it without one,"
              + " readable for the gateway's user alone (openssl pkey -in KEY -out KEY.plain)");
    }
    try {
      return Base64.getMimeDecoder().decode(lines);
    } catch (IllegalArgumentException e) {
      throw new TlsFileException(file, "its " + label + " isn't base64");
    }
  }

  private static String text(Path file) throws TlsFileException {
    try {
      if (!Files.isRegularFile(file)) {
        throw new TlsFileException(file, Files.exists(file) ? "this is no file" : "no such file");
      }
      if (Files.size(file) > TlsIdentity.FILE_BYTES_MAX) {
        throw new TlsFileException(file, "this is too large for certificates or keys (1 MiB)");
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (TlsFileException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new TlsFileException(file, "no such file");
    } catch (IOException e) {
      throw new TlsFileException(file, "it can't be read: " + e.getMessage());
    }
  }
}
