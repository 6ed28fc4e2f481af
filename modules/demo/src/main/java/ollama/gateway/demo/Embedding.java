package ollama.gateway.demo;

import java.util.SplittableRandom;
import java.util.StringJoiner;

/** Vectors that mean nothing: of length 1, and the same for the same text. */
final class Embedding {

  static final int DIMENSIONS = 64;
  static final long BYTES = DIMENSIONS * (long) Float.BYTES;

  private Embedding() {}

  /** The vector for a text with this hash, as JSON. */
  static String of(int textHash) {
    SplittableRandom random = new SplittableRandom(textHash);
    double[] vector = new double[DIMENSIONS];
    double squares = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = random.nextDouble(-1, 1);
      squares += vector[i] * vector[i];
    }
    StringJoiner json = new StringJoiner(",", "[", "]");
    for (double value : vector) {
      json.add(Float.toString((float) (value / Math.sqrt(squares))));
    }
    return json.toString();
  }
}
