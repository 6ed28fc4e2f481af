package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.ollama.Route;
import ollama.gateway.proxy.RetryPolicy.Progress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {

  @ParameterizedTest(name = "{0}, repeatable {1}, body kept {2}: retry {3}")
  @CsvSource({
    "NOT_CONNECTED,  false, false, false",
    "NOT_CONNECTED,  false, true,  true",
    "NOT_CONNECTED,  true,  false, false",
    "NOT_CONNECTED,  true,  true,  true",
    "NO_RESPONSE,    false, false, false",
    "NO_RESPONSE,    false, true,  false",
    "NO_RESPONSE,    true,  false, false",
    "NO_RESPONSE,    true,  true,  true",
    "DEAD,           false, false, false",
    "DEAD,           false, true,  false",
    "DEAD,           true,  false, false",
    "DEAD,           true,  true,  true",
    "ANSWERED,       false, false, false",
    "ANSWERED,       false, true,  false",
    "ANSWERED,       true,  false, false",
    "ANSWERED,       true,  true,  true",
    "TIMED_OUT,      false, false, false",
    "TIMED_OUT,      false, true,  false",
    "TIMED_OUT,      true,  false, false",
    "TIMED_OUT,      true,  true,  false",
    "RESPONSE_BEGUN, false, false, false",
    "RESPONSE_BEGUN, false, true,  false",
    "RESPONSE_BEGUN, true,  false, false",
    "RESPONSE_BEGUN, true,  true,  false",
    "OURS,           false, false, false",
    "OURS,           false, true,  false",
    "OURS,           true,  false, false",
    "OURS,           true,  true,  false",
  })
  void anotherServerIsTriedOnlyWhereThatIsHarmless(
      Progress progress, boolean repeatable, boolean bodyKept, boolean retry) {
    assertEquals(retry, RetryPolicy.mayRetry(progress, repeatable, bodyKept));
  }

  @ParameterizedTest
  @EnumSource(Progress.class)
  void onlyAnIdleConnectionThatSaidNothingMayHaveBeenStale(Progress progress) {
    boolean silent = progress == Progress.NO_RESPONSE;
    assertEquals(silent, RetryPolicy.wasStale(progress, true, true));
    assertEquals(false, RetryPolicy.wasStale(progress, false, true));
    assertEquals(false, RetryPolicy.wasStale(progress, true, false));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void readingMayBeRepeatedOnEveryRoute(Route route) {
    assertEquals(true, RetryPolicy.repeatable("GET", route));
    assertEquals(true, RetryPolicy.repeatable("HEAD", route));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void ofPostsThoseThatRunOrDescribeAModelMayBeRepeated(Route route) {
    boolean harmless =
        switch (route) {
          case GENERATE,
              CHAT,
              EMBED,
              EMBEDDINGS,
              V1_CHAT,
              V1_COMPLETIONS,
              V1_EMBEDDINGS,
              V1_RESPONSES,
              V1_TRANSCRIPTIONS,
              V1_MESSAGES,
              SHOW ->
              true;
          default -> false;
        };
    assertEquals(harmless, RetryPolicy.repeatable("POST", route));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void noOtherMethodMayBeRepeated(Route route) {
    for (String method : new String[] {"DELETE", "PUT", "PATCH", "OPTIONS", "get", "Post", "X"}) {
      assertEquals(false, RetryPolicy.repeatable(method, route), method);
    }
  }
}
