package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

final class IoTest {

  private static final String EXPECTED = System.getProperty("ollama.gateway.expected-io", "unset");

  /** What isn't permitted here, or a wrong option, would silently run everything on NIO. */
  @Test
  void runsOnWhatTheBuildAskedFor() throws Exception {
    try (EventLoops loops = EventLoops.start(1)) {
      assumeTrue(
          !EXPECTED.equals("io_uring") || loops.whyNotUring().isEmpty(),
          () -> "the tests of http weren't run on io_uring: " + loops.whyNotUring());
      assertEquals(EXPECTED, loops.io());
    }
  }

  @Test
  void loopsThatMustNotUseUringSayWhy() throws Exception {
    try (EventLoops loops = EventLoops.startWithNio(1, "a reason")) {
      assertEquals("nio", loops.io());
      assertEquals("a reason", loops.whyNotUring());
      assertEquals("nio (no io_uring: a reason)", loops.ioInWords());
    }
    assertFalse(EventLoops.bestIo().isEmpty());
  }
}
