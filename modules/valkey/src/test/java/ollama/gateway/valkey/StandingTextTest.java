package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import ollama.gateway.balancer.dispatch.Learned;
import ollama.gateway.balancer.dispatch.Pressure;
import ollama.gateway.balancer.dispatch.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StandingTextTest {

  @Test
  void whatIsWrittenIsReadAsItWas() {
    Learned.Speed speed = new Learned.Speed(1234.5, Double.NaN, 42, 2000);
    Standing.Where where = new Standing.Where("gpu-1", "llama3.2:latest");
    Standing standing = new Standing(where, new Pressure(3, 2, 77), true, false, 4, speed);

    assertEquals(standing, StandingText.parse(StandingText.of(standing)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-\tgpu\tm", "a\tb\tc", "a\tb\tx\t0\t\t0\t\t\t\t\t0"})
  void whatIsNoneIsNoneOfAnotherGateway(String text) {
    assertNull(StandingText.parse(text));
  }
}
