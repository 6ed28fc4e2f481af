package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.BooleanSupplier;

/** Waits for what a server does a moment after its client has seen the last byte. */
final class Await {

  private static final long NANOS_MAX = 20_000_000_000L;

  private Await() {}

  static void until(BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > NANOS_MAX) {
        fail("it didn't happen");
      }
      Thread.sleep(2);
    }
  }
}
