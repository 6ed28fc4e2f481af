package ollama.gateway.ollama;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** What a real Ollama server answered. */
final class Answers {
  private Answers() {}

  /** The body of an answer, by the name of its file. */
  static byte[] of(String name) {
    try (InputStream in = Answers.class.getResourceAsStream("answers/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
