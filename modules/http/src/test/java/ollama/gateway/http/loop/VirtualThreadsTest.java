package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class VirtualThreadsTest {

  /** A wrong add-opens would silently run everything on the fallback. */
  @Test
  void theSchedulerIsTheOneThatThisRunIsMeantFor() {
    assertEquals(
        System.getProperty("ollama.gateway.expected-scheduler"),
        VirtualThreads.scheduler().label());
  }
}
