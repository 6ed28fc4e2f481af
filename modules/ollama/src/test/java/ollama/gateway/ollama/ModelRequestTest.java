package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelRequestTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":\"a\"} | a",
        "{\"MODEL\":\"a\"} | a",
        "{\"\\u006dodel\":\"\\u0061\"} | a",
        "{\"model\":\"a\",\"Model\":\"b\"} | b",
        "{\"Model\":\"b\",\"model\":\"a\"} | a",
        "{\"model\":\"a\",\"model\":null} | a",
        "{\"model\":\"a\",\"model\":1} | ''",
        "{\"model\":\"a\",\"x\":{\"model\":\"b\"}} | a",
        "{\"model\":\"a\"} {\"model\":\"b\"} | a",
        "{\"model\":\"a\"}garbage | a",
        "{\"name\":\"a\"} | ''",
        "{} | ''"
      })
  void theModelIsTheOneThatGoTakes(String body, String model) {
    ModelRequest request = read(Route.CHAT, body);
    assertEquals(ModelRequest.State.WHOLE, request.state());
    assertEquals(model, request.names().model());
  }

  @ParameterizedTest
  @EnumSource(
      value = Route.class,
      names = {"PULL", "PUSH", "CREATE", "SHOW", "DELETE"})
  void theOlderNameCountsWhereTheModelIsEmpty(Route route) {
    assertEquals("x", read(route, "{\"model\":\"\",\"name\":\"x\"}").names().model());
    assertEquals("y", read(route, "{\"model\":\"y\",\"name\":\"x\"}").names().model());
  }

  @Test
  void otherNamesAreReadWhereTheyStand() {
    ModelRequest copy = read(Route.COPY, "{\"source\":\"A\",\"deſtination\":\"b:1\"}");
    assertEquals("a:latest", copy.source().orElseThrow().toString());
    assertEquals("b:1", copy.destination().orElseThrow().toString());
    ModelRequest create = read(Route.CREATE, "{\"model\":\"a\",\"from\":\"b\"}");
    assertEquals("b:latest", create.from().orElseThrow().toString());
    assertTrue(read(Route.CHAT, "{\"model\":\"a b\"}").model().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "1", "null", "{\"model\":\"a\"", "{\"model\":\"a\",}", "\ufeff{}"})
  void ofWhatIsNoObjectNothingCounts(String body) {
    ModelRequest request = read(Route.CHAT, body);
    assertEquals(ModelRequest.State.BROKEN, request.state());
    assertEquals(ModelRequest.Names.NONE, request.names());
    assertTrue(request.isStreamed());
  }

  @Test
  void everyBeginningIsPartialAndTheModelIsThereOnceItWas() {
    String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"model\":\"a\"}";
    byte[] bytes = body.getBytes(UTF_8);
    for (int length = 0; length < bytes.length; length++) {
      ModelRequest request = ModelRequest.of(Route.CHAT, bytes, length, false);
      assertEquals(ModelRequest.State.PARTIAL, request.state());
      assertEquals(length == bytes.length - 1, request.model().isPresent());
      assertFalse(request.isUnload());
    }
    assertTrue(ModelRequest.of(Route.CHAT, bytes, bytes.length, false).isComplete());
  }

  @Test
  void whatIsNotSaidOfStreamingIsTheRoutesDefault() {
    for (Route route : new Route[] {Route.GENERATE, Route.CHAT, Route.PULL, Route.PUSH}) {
      assertTrue(read(route, "{}").isStreamed());
      assertTrue(read(route, "{\"stream\":false,\"stream\":null}").isStreamed());
      assertFalse(read(route, "{\"Stream\":false}").isStreamed());
    }
    for (Route route : new Route[] {Route.V1_CHAT, Route.V1_MESSAGES, Route.EMBED, Route.SHOW}) {
      assertFalse(read(route, "{}").isStreamed());
    }
    assertTrue(read(Route.V1_CHAT, "{\"stream\":true,\"stream\":null}").isStreamed());
  }

  @Test
  void onlyWhatAModelIsLoadedWithMakesItsFingerprint() {
    long none = LoadOptions.NO_FINGERPRINT;
    assertEquals(none, fingerprint("{}"));
    assertEquals(none, fingerprint("{\"options\":null}"));
    assertEquals(none, fingerprint("{\"options\":{\"temperature\":1,\"seed\":7,\"NUM_CTX\":1}}"));
    assertEquals(none, fingerprint("{\"options\":{\"num_gpu\":-1,\"num_ctx\":null}}"));
    assertEquals(none, fingerprint("{\"shift\":true}"));
    String[] loads = {
      "{\"options\":{\"num_ctx\":4096}}",
      "{\"options\":{\"num_ctx\":8192}}",
      "{\"options\":{\"num_batch\":4096}}",
      "{\"options\":{\"num_gpu\":0}}",
      "{\"options\":{\"main_gpu\":1}}",
      "{\"options\":{\"use_mmap\":true}}",
      "{\"options\":{\"use_mmap\":false}}",
      "{\"options\":{\"num_thread\":4}}",
      "{\"shift\":false}"
    };
    for (int i = 0; i < loads.length; i++) {
      assertNotEquals(none, fingerprint(loads[i]));
      for (int j = 0; j < i; j++) {
        assertNotEquals(fingerprint(loads[j]), fingerprint(loads[i]));
      }
    }
    assertEquals(
        fingerprint("{\"options\":{\"num_ctx\":4096,\"num_thread\":2}}"),
        fingerprint(
            "{\"options\":{\"num_thread\":2.0},\"OPTIONS\":{\"num_ctx\":1,\"num_ctx\":4096.5}}"));
  }

  @Test
  void theFingerprintIsTheSameInEveryProcess() {
    assertEquals(
        -4225106607018434816L, fingerprint("{\"options\":{\"num_ctx\":4096,\"use_mmap\":true}}"));
  }

  @Test
  void theContextsSizeIsRead() {
    assertEquals(OptionalInt.of(4096), load("{\"options\":{\"num_ctx\":4096}}").numCtx());
    assertEquals(OptionalInt.empty(), load("{\"options\":{\"num_ctx\":\"4096\"}}").numCtx());
    assertEquals(
        OptionalInt.of(Integer.MAX_VALUE), load("{\"options\":{\"num_ctx\":1e99}}").numCtx());
    assertEquals(
        LoadOptions.NONE, read(Route.V1_CHAT, "{\"options\":{\"num_ctx\":1}}").loadOptions());
  }

  @ParameterizedTest
  @CsvSource({
    "0, ZERO",
    "-0, ZERO",
    "0.0, ZERO",
    "'\"0\"', ZERO",
    "'\"0s\"', ZERO",
    "'\"0m\"', ZERO",
    "'\"-0h0m0.00s\"', ZERO",
    "'\"0µs\"', ZERO",
    "1, TIMED",
    "-1, TIMED",
    "'\"5m\"', TIMED",
    "'\"0s1ms\"', TIMED",
    "'\"\"', TIMED",
    "'\"0x\"', TIMED",
    "'\"00\"', TIMED",
    "null, UNSAID",
    "[], TIMED",
    "0.5, TIMED"
  })
  void aModelThatIsToStayForNoTimeIsSeen(String value, KeepAlive expected) {
    assertEquals(
        expected, read(Route.CHAT, "{\"model\":\"a\",\"keep_alive\":" + value + "}").keepAlive());
  }

  @Test
  void aRequestUnloadsIfTheModelIsToGoAndThereIsNothingToDo() {
    assertTrue(read(Route.GENERATE, "{\"model\":\"a\",\"keep_alive\":0}").isUnload());
    assertTrue(
        read(
                Route.GENERATE,
                "{\"model\":\"a\",\"prompt\":\"\",\"suffix\":\"\",\"system\":\"\",\"template\":\"\","
                    + "\"keep_alive\":\"0s\",\"options\":null}")
            .isUnload());
    assertTrue(read(Route.CHAT, "{\"keep_alive\":0,\"messages\":[]}").isUnload());
    assertTrue(
        read(Route.CHAT, "{\"keep_alive\":0,\"messages\":[{}],\"messages\":null}").isUnload());
    assertFalse(read(Route.CHAT, "{\"keep_alive\":0,\"messages\":[{}]}").isUnload());
    assertFalse(read(Route.GENERATE, "{\"keep_alive\":0,\"prompt\":\"x\"}").isUnload());
    assertFalse(read(Route.EMBED, "{\"keep_alive\":0,\"input\":[\"x\"]}").isUnload());
    assertFalse(read(Route.GENERATE, "{\"keep_alive\":5}").isUnload());
    assertFalse(read(Route.V1_CHAT, "{\"keep_alive\":0}").isUnload());
  }

  private static long fingerprint(String body) {
    return load(body).fingerprint();
  }

  private static LoadOptions load(String body) {
    return read(Route.CHAT, body).loadOptions();
  }

  private static ModelRequest read(Route route, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return ModelRequest.of(route, bytes, bytes.length, true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CHAT | {`model`:`a`,`x`:{`model`:`b`}} | `a`",
        "CHAT | {`Model`: `a`,`x`:1,`model`:`b`} | `a` `b`",
        "CHAT | {`model`:`a`,`model`:null,`x | `a`",
        "CHAT | {`name`:`a`} | ''",
        "CHAT | {`model`:7} | ''",
        "CHAT | {`model`:`a`,} | ''",
        "SHOW | {`name`:`a`,`model`:``} | `a` ``",
      })
  void theModelsNameStandsWhereOllamaReadsIt(Route route, String body, String places) {
    byte[] bytes = body.replace('`', '"').getBytes(UTF_8);

    String found =
        ModelRequest.modelPlaces(route, bytes, bytes.length).stream()
            .map(place -> new String(bytes, place.from(), place.length(), UTF_8))
            .collect(Collectors.joining(" "));

    assertEquals(places.replace('`', '"'), found);
  }
}
