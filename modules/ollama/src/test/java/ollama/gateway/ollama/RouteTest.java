package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /                          | ROOT              | READ      | NATIVE
          /api/version               | VERSION           | READ      | NATIVE
          /api/tags                  | TAGS              | READ      | NATIVE
          /api/ps                    | PS                | READ      | NATIVE
          /api/status                | STATUS            | READ      | NATIVE
          /v1/models                 | V1_MODELS         | READ      | OPENAI
          /api/generate              | GENERATE          | INFERENCE | NATIVE
          /api/chat                  | CHAT              | INFERENCE | NATIVE
          /api/embed                 | EMBED             | INFERENCE | NATIVE
          /api/embeddings            | EMBEDDINGS        | INFERENCE | NATIVE
          /v1/chat/completions       | V1_CHAT           | INFERENCE | OPENAI
          /v1/completions            | V1_COMPLETIONS    | INFERENCE | OPENAI
          /v1/embeddings             | V1_EMBEDDINGS     | INFERENCE | OPENAI
          /v1/responses              | V1_RESPONSES      | INFERENCE | OPENAI
          /v1/audio/transcriptions   | V1_TRANSCRIPTIONS | INFERENCE | OPENAI
          /v1/messages               | V1_MESSAGES       | INFERENCE | ANTHROPIC
          /api/pull                  | PULL              | MODELS    | NATIVE
          /api/push                  | PUSH              | MODELS    | NATIVE
          /api/create                | CREATE            | MODELS    | NATIVE
          /api/copy                  | COPY              | MODELS    | NATIVE
          /api/show                  | SHOW              | MODELS    | NATIVE
          /api/delete                | DELETE            | MODELS    | NATIVE
          """)
  void everyKnownPathHasItsRouteKindErrorsAndLabel(
      String path, Route route, Route.Kind kind, ErrorShape errors) {
    assertEquals(route, Route.of(path));
    assertEquals(kind, route.kind());
    assertEquals(errors, route.errors());
    assertEquals(path, route.label());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/tiny",
        "/v1/models/tiny:latest",
        "/v1/models/hf.co/a/b:Q4",
        "/v1/models//"
      })
  void aModelsNameMayHoldSlashesAndIsNoLabel(String path) {
    assertEquals(Route.V1_MODEL, Route.of(path));
    assertEquals("/v1/models/:model", Route.V1_MODEL.label());
    assertEquals(ErrorShape.OPENAI, Route.V1_MODEL.errors());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/me",
        "/api/signout",
        "/api/user/keys/x",
        "/api/experimental/web_search",
        "/api/experimental/x/y"
      })
  void theServersAccountIsAGroupOfItsOwn(String path) {
    assertEquals(Optional.of(RouteGroup.ACCOUNT), Route.of(path).group());
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, INFERENCE",
    "/v1/messages, INFERENCE",
    "/api/show, READ",
    "/api/tags, READ",
    "/, READ",
    "/v1/models/x, READ",
    "/api/pull, MANAGE",
    "/api/delete, MANAGE",
    "/api/blobs/x, MANAGE"
  })
  void eachRouteHasTheGroupThatItIsFor(String path, RouteGroup group) {
    assertEquals(Optional.of(group), Route.of(path).group());
    assertEquals(Optional.empty(), Route.of("/api/other").group());
    assertEquals(Optional.empty(), Route.of("/v1/other").group());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/blobs/sha256:00", "/api/blobs/x"})
  void aBlobsDigestIsNoLabel(String path) {
    assertEquals(Route.BLOB, Route.of(path));
    assertEquals(Route.Kind.BLOB, Route.BLOB.kind());
    assertEquals("/api/blobs/:digest", Route.BLOB.label());
    assertEquals(ErrorShape.NATIVE, Route.BLOB.errors());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "//",
        "/api",
        "/api/",
        "/api/tags/",
        "//api/tags",
        "/API/TAGS",
        "/api/blobs/",
        "/api/blobs",
        "/api/blobs/../chat",
        "/api/experimental/",
        "/api/user/keys/",
        "/debug/pprof/",
        "/config",
        "/config/other",
        "/config/reload/",
        "/v1",
        "/other",
        "/config/reload",
        "/gateway/live",
        "/metrics/",
        "/gateway",
        "/.env"
      })
  void anyOtherPathIsOther(String path) {
    Route route = Route.of(path);
    assertEquals(Route.OTHER, route);
    assertEquals("other", route.label());
    assertEquals(ErrorShape.NATIVE, route.errors());
    assertEquals(Route.Kind.OTHER, route.kind());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v1/", "/v1/models/", "/v1/systemone", "/v1/chat/completions/", "/v1/x/y"})
  void belowV1AnyOtherPathHasTheShapeOfOpenAi(String path) {
    Route route = Route.of(path);
    assertEquals(Route.V1_OTHER, route);
    assertEquals("other", route.label());
    assertEquals(ErrorShape.OPENAI, route.errors());
  }

  @Test
  void aScannerMakesNoNewLabels() {
    Set<String> labels = new HashSet<>();
    for (Route route : Route.values()) {
      labels.add(route.label());
    }
    String[] starts = {"/", "/api/", "/v1/", "/v1/models/", "/api/blobs/", "/config/", "/gateway/"};
    for (int i = 0; i < 20_000; i++) {
      String path = starts[i % starts.length] + ThreadLocalRandom.current().nextLong();
      assertTrue(labels.contains(Route.of(path).label()), path);
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void onlyFourHaveAVariablePart(Route route) {
    boolean variable = route.label().contains(":");
    Set<Route> those = Set.of(Route.BLOB, Route.V1_MODEL, Route.USER_KEY, Route.EXPERIMENTAL);
    assertEquals(those.contains(route), variable);
  }
}
