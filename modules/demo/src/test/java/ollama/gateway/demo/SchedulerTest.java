package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.http.loop.VirtualThreads;
import org.junit.jupiter.api.Test;

class SchedulerTest {

  @Test
  void isTheOneThatThisRunIsFor() {
    assertEquals(
        System.getProperty("ollama.gateway.expected-scheduler"),
        VirtualThreads.scheduler().label());
  }
}
