package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.http.loop.VirtualThreads;
import org.junit.jupiter.api.Test;

/** A wrong {@code --add-opens} would run all of these tests on the fallback, and they'd pass. */
class SchedulerTest {

  /** Whether connections run on the JDK's scheduler, where some things are only likely. */
  static final boolean FALLBACK = VirtualThreads.scheduler() == VirtualThreads.Scheduler.JDK;

  @Test
  void runsOnTheSchedulerThatTheBuildAskedFor() {
    String expected = System.getProperty("ollama.gateway.expected-scheduler", "unset");
    assertEquals(expected, VirtualThreads.scheduler().label());
  }
}
