package ollama.gateway.http.tls;

import java.io.IOException;
import java.nio.file.Path;

/** A file with a certificate or a key can't be used; the message says which, and why. */
public final class TlsFileException extends IOException {

  private static final long serialVersionUID = 1L;

  TlsFileException(Path file, String why) {
    super(file + ": " + why);
  }
}
