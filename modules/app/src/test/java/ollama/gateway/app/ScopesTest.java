package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.app.testing.ZstdFrames;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a key may do. */
@Timeout(120)
class ScopesTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST /api/chat            | 200",
        "POST /v1/messages         | 200",
        "GET /api/status           | 200",
        "GET /api/version          | 200",
        "POST /api/show            | 200",
        "POST /api/%63hat          | 200",
        "POST //api/chat           | 200",
        "POST /api/pull            | manage",
        "POST /api/pul%6c          | manage",
        "POST /api/create          | manage",
        "DELETE /api/delete        | manage",
        "HEAD /api/blobs/sha256:00 | manage",
        "POST /api/me              | account",
        "POST /api/signout         | account",
        "POST /api/experimental/web_search | account",
        "GET /api/other            | every group",
        "GET /v1/other             | every group",
        "GET /v1/images/generations | every group",
      })
  void aKeyWithoutEndpointsRunsAndListsModels(String request, String expected) throws Exception {
    try (TestGateway gateway = gateway("")) {
      String[] parts = request.split(" ", 2);

      Answer answer = ask(gateway, parts[0], parts[1], "{\"model\":\"m\"}");

      if (expected.equals("200")) {
        assertEquals(200, answer.status(), answer::text);
      } else {
        assertEquals(403, answer.status(), answer::text);
        boolean toHead = parts[0].equals("HEAD");
        assertTrue(toHead || answer.text().contains(expected), answer::text);
        assertEquals(0, server.seen().size());
      }
    }
  }

  @Test
  void endpointsAreWhatIsNamed() throws Exception {
    try (TestGateway gateway = gateway("\"endpoints\": [\"manage\"]")) {
      assertEquals(200, ask(gateway, "POST", "/api/pull", "{\"model\":\"m\"}").status());
      Answer answer = ask(gateway, "POST", "/v1/chat/completions", "{\"model\":\"m\"}");
      assertEquals(403, answer.status());
      assertEquals(
          "{\"error\":{\"message\":\"This API key may not do this: its endpoints lack"
              + " \\\"inference\\\"\",\"type\":\"permission_error\",\"param\":null,\"code\":null}}",
          answer.text());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"disabled\": true | 401 | disabled",
        "\"expires\": \"2020-01-01\" | 401 | expired",
        "\"expires\": \"2020-01-01T00:00:00+01:00\" | 401 | expired",
        "\"expires\": \"2999-01-01\" | 200 | ''",
        "\"allowIps\": [\"10.0.0.0/8\"] | 403 | this address",
        "\"allowIps\": [\"127.0.0.0/8\"] | 200 | ''",
      })
  void aKeyIsGoodForItsTimeAndPlace(String member, int status, String said) throws Exception {
    try (TestGateway gateway = gateway(member)) {
      Answer answer = ask(gateway, "POST", "/api/chat", "{\"model\":\"m\"}");

      assertEquals(status, answer.status(), answer::text);
      assertTrue(answer.text().contains(said), answer::text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`model`:`llama3:8b`} | 200",
        "/api/chat | {`model`:`registry.ollama.ai/library/LLAMA3:8B`} | 200",
        "/api/chat | {`messages`:[{`content`:`model`}],`model`:`llama3`} | 200",
        "/api/chat | {`model`:`other`} | 403",
        "/api/chat | {`mo\\u0064el`:`other`} | 403",
        "/api/chat | {`MODEL`:`other`} | 403",
        "/v1/chat/completions | {`model`:`me/llama3`} | 403",
        "/api/embed | {`model`:`llama3`,`model`:`llama3`} | 400",
        "/api/chat | {`model`:`llama3`,`Model`:`other`} | 400",
        "/api/chat | {`model`:`other:cloud`,`Model`:``} | 400",
        "/api/chat | {`model`:`other:cloud`,`Model`:7} | 400",
        "/api/chat | {`model`:`llama3`,`MODEL`:null} | 400",
        "/api/chat | {`model`:`other:cloud`,`mo\\u0064el`:`  `} | 400",
        "/api/chat | {`model`:`llama3`,`ｍodel`:`x`} | 200",
        "/api/chat | {`model`:7} | 200",
        "/api/chat | {`name`:`other`} | 200",
        "/api/chat | {`model`:`llama3` | 400",
        "/api/chat | [] | 400",
        "/v1/messages | {`model`:`llama3`,`tools`:[{`name`:`web_search`}]} | 200",
        "/v1/messages | {`model`:`llama3`,`tools`:[null,{`type`:`web_search_20250305`}]} | 403",
        "/v1/responses | {`tools`:[{`x`:[{}],`type`:`web_search`}],`model`:`llama3`} | 403",
        "/v1/responses | {`tools`:[],`Tools`:[{`type`:`x`},{`Type`:`web_search`}]} | 403",
        "/api/show | {`name`:`other`} | 403",
        "/api/show | {`name`:`llama3`} | 200",
        "/api/show | {`model`:`llama3`,`name`:``} | 200",
        "/api/pull | {`model`:``,`name`:`llama3`} | 200",
        "/api/show | {`model`:`llama3`,`name`:`llama3`} | 400",
        "/api/show | {`model`:``,`name`:`llama3`,`Name`:null} | 400",
        "/api/copy | {`source`:`other`,`Source`:`llama3`,`destination`:`llama3-2`} | 400",
        "/api/copy | {`source`:`llama3`,`destination`:`llama3-2`} | 200",
        "/api/copy | {`source`:`llama3`,`destination`:`other`} | 403",
        "/api/copy | {`source`:`other`,`destination`:`llama3`} | 403",
        "/api/create | {`model`:`llama3`,`from`:`other`} | 403",
        "/api/create | {`model`:`llama3`,`from`:`llama3`,`remote_host`:``} | 200",
        "/api/create | {`model`:`llama3`,`from`:`llama3`,`remote_ho\\u017ft`:`ollama.com`} | 403",
        "/api/pull | {`model`:`other`} | 403",
        "/api/pull | {`model`:`llama3:cloud`} | 403",
        "/api/chat | {`model`:`llama3:70b-cloud`} | 403",
      })
  void aKeyMayUseTheModelsOfItsPatterns(String path, String body, int status) throws Exception {
    String member = "\"models\": [\"llama3*\"], \"endpoints\": [\"inference\",\"read\",\"manage\"]";
    try (TestGateway gateway = gateway(member)) {
      Answer answer = ask(gateway, "POST", path, body.replace('`', '"'));

      assertEquals(status, answer.status(), answer::text);
      assertEquals(status == 200 ? 1 : 0, server.seen().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`model`:`llama3` | the body isn't a whole JSON object: send one",
        "/api/chat | {`model`:`a`,`Model`:`b`} | the body names its model twice: name it once",
        "/api/show | {`model`:`a`,`name`:`b`} | the body names its model twice: name it once",
        "/api/chat | {`model`:`a b`} | what the request names isn't the name of one",
        "/v1/audio/transcriptions | {} | the body isn't a form that is whole and can be read in one"
            + " way: send multipart/form-data",
      })
  void aRefusalSaysWhatIsTrueOfTheKeyAndWhatIsWrong(String path, String body, String wrong)
      throws Exception {
    for (String member : new String[] {"", "\"models\": [\"llama3*\"]"}) {
      try (TestGateway gateway = gateway(member)) {
        Answer answer = ask(gateway, "POST", path, body.replace('`', '"'));

        assertEquals(400, answer.status(), answer::text);
        String said = "\"This API key may not use every model, and " + wrong + "\"";
        assertTrue(answer.text().contains(said), answer::text);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3:70b-cloud", "llama3:cloud", "x"})
  void aNameOfTheGatewaysIsWhatStandsBehindIt(String model) throws Exception {
    String models = "{\"gpt\": [\"" + model + "\"], \"both\": [\"" + model + "\", \"y\"]}";
    try (TestGateway gateway =
        plan("\"models\": [\"gpt\", \"both\"]").set("models", models).start()) {
      boolean cloud = model.startsWith("llama3");

      assertEquals(
          cloud ? 403 : 200, ask(gateway, "POST", "/api/chat", "{\"model\":\"gpt\"}").status());
      Answer both = ask(gateway, "POST", "/api/chat", "{\"model\":\"both\"}");
      assertEquals(cloud ? "y" : "x", both.field("X-Gateway-Model"));
      assertEquals(403, ask(gateway, "POST", "/api/chat", "{\"model\":\"y\"}").status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/llama3, 200",
    "/v1/models/other, 403",
    "/v1/models/oth%65r, 403",
    "/v1%2Fmodels/other, 403"
  })
  void aModelInThePathIsOneToo(String path, int status) throws Exception {
    try (TestGateway gateway = gateway("\"models\": [\"llama3\"]")) {
      assertEquals(status, ask(gateway, "GET", path, "").status());
    }
  }

  @Test
  void theModelOfATranscriptionIsThatOfTheFormAndOfTheQuery() throws Exception {
    try (TestGateway gateway = gateway("\"models\": [\"whisper\"]")) {
      assertEquals(200, transcribe(gateway, "", "whisper"));
      assertEquals(403, transcribe(gateway, "", "other"));
      assertEquals(403, transcribe(gateway, "?model=other", "whisper"));
      assertEquals(403, transcribe(gateway, "?mod%65l=other", "whisper"));
      assertEquals(400, transcribe(gateway, "", "whisper", "other"));
      assertEquals(400, transcribe(gateway, "", "whisper", "whisper"));
      assertEquals(400, transcribe(gateway, ""));
      String path = "/v1/audio/transcriptions?model=other";
      assertEquals(400, ask(gateway, "GET", path, "").status());
      assertEquals(1, server.seen().size());
    }
  }

  @Test
  void listsShowAKeyWhatItMayUse() throws Exception {
    try (OllamaLike one = OllamaLike.of("llama3", "other").start();
        TestGateway gateway =
            TestGateway.before(one).set("apiKeys", keys("\"models\": [\"llama3\"]")).start()) {
      Answer limited = ask(gateway, "GET", "/api/tags", "");

      assertTrue(limited.text().contains("llama3"), limited::text);
      assertFalse(limited.text().contains("other"), limited::text);
      assertTrue(gateway.get("/api/tags").text().contains("other"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"soonest", "round-robin"})
  void whatAServerListsWithARemoteHostIsCloudWhateverItsName(String policy) throws Exception {
    try (FakeUpstream owned =
            FakeUpstream.simple()
                .lists(
                    "{\"models\":[{\"name\":\"mine:latest\"},{\"name\":\"theirs:latest\","
                        + "\"remote_model\":\"big\",\"remote_host\":\"https://ollama.com:443\"}]}");
        TestGateway gateway =
            TestGateway.before(owned)
                .set("apiKeys", keys(""))
                .set("models", "{\"alias\": [\"theirs\"]}")
                .set("loadBalancer", "{\"policy\": \"" + policy + "\"}")
                .start()) {
      for (String name : new String[] {"theirs", "Theirs:latest", "alias"}) {
        Answer refused = ask(gateway, "POST", "/api/chat", "{\"model\":\"" + name + "\"}");
        assertEquals(403, refused.status(), refused::text);
        assertTrue(refused.text().contains("cloud"), refused::text);
      }
      assertEquals(200, ask(gateway, "POST", "/api/chat", "{\"model\":\"mine\"}").status());
      String list = ask(gateway, "GET", "/api/tags", "").text();
      assertTrue(list.contains("mine") && !list.contains("theirs"), list);
      assertTrue(gateway.get("/api/tags").text().contains("theirs"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"soonest", "round-robin"})
  void whileAServerDoesNotTellWhatRunsElsewhereNoKeyWithoutCloudRunsModelsThere(String policy)
      throws Exception {
    String list = "{\"models\":[{\"name\":\"theirs\",\"remote_host\":\"https://ollama.com:443\"}]}";
    try (FakeUpstream mute = FakeUpstream.simple().lists(list)) {
      mute.listStatus(500);
      try (TestGateway gateway =
          TestGateway.before(mute)
              .set("apiKeys", keys(""))
              .set("loadBalancer", "{\"policy\": \"" + policy + "\"}")
              .start()) {
        String body = "{\"model\":\"theirs\"}";
        Answer refused = ask(gateway, "POST", "/api/chat", body);
        assertEquals(503, refused.status(), refused::text);
        assertEquals(0, mute.seen().size());
        assertEquals(200, gateway.post("/api/chat", body).status());

        mute.listStatus(200);

        Answer told = refused;
        while (told.status() == 503) {
          told = ask(gateway, "POST", "/api/chat", body);
        }
        assertEquals(403, told.status(), told::text);
        assertEquals(200, ask(gateway, "POST", "/api/chat", "{\"model\":\"mine\"}").status());
        assertEquals(2, mute.seen().size());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 405, 501})
  void aServerThatHasNoListRunsNothingElsewhere(int status) throws Exception {
    try (FakeUpstream other = FakeUpstream.simple()) {
      other.listStatus(status);
      try (TestGateway gateway = TestGateway.before(other).set("apiKeys", keys("")).start()) {
        Answer answer = ask(gateway, "POST", "/v1/chat/completions", "{\"model\":\"m\"}");

        assertEquals(200, answer.status(), answer::text);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/copy", "/api/create", "/api/pull"})
  void whatWasJustMadeAndRunsElsewhereIsKnownAsThatAtOnce(String path) throws Exception {
    try (FakeUpstream only = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(only)
                .set("apiKeys", keys(""))
                .set("loadBalancer", "{\"modelsIntervalInSeconds\": 3600}")
                .start()) {
      assertEquals(200, ask(gateway, "POST", "/api/chat", "{\"model\":\"made\"}").status());
      only.lists("{\"models\":[{\"name\":\"made\",\"remote_host\":\"https://ollama.com:443\"}]}");
      String body = "{\"source\":\"a\",\"destination\":\"made\",\"model\":\"made\"}";
      assertEquals(200, gateway.post(path, body).status());

      assertEquals(403, ask(gateway, "POST", "/api/chat", "{\"model\":\"made\"}").status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/tags", "/api/ps"})
  void theHeadOfAListIsThatOfTheListThatTheKeyMaySee(String path) throws Exception {
    try (OllamaLike one = OllamaLike.of("llama3", "other").start();
        TestGateway gateway =
            TestGateway.before(one).set("apiKeys", keys("\"models\": [\"llama3\"]")).start()) {
      Answer list = ask(gateway, "GET", path, "");
      Answer head = ask(gateway, "HEAD", path, "");

      assertEquals(200, head.status());
      assertEquals(list.field("Content-Length"), head.field("Content-Length"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/tags", "/api/ps", "/v1/models"})
  void aListThatNoServerTellsTheGatewayIsNotShownAsItComes(String path) throws Exception {
    String list = "{\"models\":[{\"name\":\"other\"}]}";
    try (FakeUpstream odd =
            FakeUpstream.start(
                call ->
                    call.send("HTTP/1.1 200 OK\r\nContent-Length: " + list.length() + "\r\n\r\n")
                        .send(list));
        TestGateway gateway =
            TestGateway.before(odd).set("apiKeys", keys("\"models\": [\"llama3\"]")).start()) {
      odd.health(500);

      Answer answer = ask(gateway, "GET", path, "");

      assertEquals(503, answer.status(), answer::text);
      assertFalse(answer.text().contains("other"), answer::text);
      assertTrue(gateway.get(path).text().contains("other"));
    }
  }

  @Test
  void anUnloadByANameOfTheGatewaysIsOfAModelThatTheKeyMayRun() throws Exception {
    try (FakeUpstream second = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(server, second)
                .set("apiKeys", keys("\"models\": [\"both\"]"))
                .set("models", "{\"both\": [\"x:cloud\", \"y\"]}")
                .start()) {
      Answer answer =
          ask(gateway, "POST", "/api/generate", "{\"model\":\"both\",\"keep_alive\":0}");

      assertEquals(200, answer.status(), answer::text);
      assertEquals("y", answer.field("X-Gateway-Model"));
    }
  }

  @Test
  void aBodyOfWhichTooMuchHadToBeReadIsRefused() throws Exception {
    try (TestGateway gateway = reading(2_000)) {
      String body = "{\"prompt\":\"" + "x".repeat(20_000) + "\",\"model\":\"llama3\"}";

      Answer answer = ask(gateway, "POST", "/api/generate", body);

      assertEquals(413, answer.status());
      assertTrue(answer.text().contains("limits.questionBytes"), answer::text);
      assertEquals(0, server.seen().size());
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 200", "5000, 200", "300000, 200", "700000, 413"})
  void aBodyIsReadUntilItNamesItsModel(int before, int status) throws Exception {
    try (TestGateway gateway = reading(500_000)) {
      String body =
          "{\"images\":[\""
              + "x".repeat(before)
              + "\"],\"model\":\"llama3\",\"prompt\":\""
              + "y".repeat(1_000_000)
              + "\"}";

      Answer answer = ask(gateway, "POST", "/api/generate", body);

      assertEquals(status, answer.status(), answer::text);
      if (status == 200) {
        assertEquals(body, server.next().body());
      } else {
        assertEquals(0, server.seen().size());
      }
    }
  }

  @Test
  void anotherModelIsRefusedBeforeTheRestOfItsBodyIsRead() throws Exception {
    try (TestGateway gateway = reading(500_000);
        RawClient client = gateway.connect()) {
      String head = TestGateway.postHeadOf("/api/generate", "Content-Length: 1000000");

      client.send(limited(head) + "{\"model\":\"other\",\"prompt\":\"" + "y".repeat(100_000));

      assertEquals(403, client.answer().status());
      assertEquals(0, server.seen().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/api/generate | ,\"model\":\"other\"}         | 400",
        "/api/generate | ,\"MODEL\":\"llama3\"}        | 400",
        "/api/generate | ,\"mo\\u0064el\":null}        | 400",
        "/v1/messages  | ,\"tools\":[{\"type\":\"web_search_20250305\"}]} | 403",
        "/v1/messages  | ,\"tools\":[{\"type\":\"custom\"}]} | 200",
      })
  void whatOnlyTheRestOfALongBodySaysReachesNoServerWhole(String path, String rest, int status)
      throws Exception {
    try (TestGateway gateway = reading(2_000)) {
      String body = "{\"model\":\"llama3\",\"x\":\"" + "x".repeat(3_000_000) + "\"" + rest;

      Answer answer = ask(gateway, "POST", path, body);

      assertEquals(status, answer.status(), answer::text);
      // What a server doesn't get whole it never has here.
      assertEquals(status == 200 ? body : "", server.next().body());
      assertEquals(200, ask(gateway, "POST", path, "{\"model\":\"llama3\"}").status());
      assertEquals("{\"model\":\"llama3\"}", server.next().body());
    }
  }

  @ParameterizedTest
  @CsvSource({"llama3, 200", "other, 403"})
  void aLongBodyIsReadToItsEnd(String model, int status) throws Exception {
    try (TestGateway gateway = gateway("\"models\": [\"llama3\"]")) {
      String body = "{\"prompt\":\"" + "x".repeat(3_000_000) + "\",\"model\":\"" + model + "\"}";

      assertEquals(status, ask(gateway, "POST", "/api/generate", body).status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "identity\r\nContent-Encoding: zstd", "zstd, gzip"})
  void whatIsCompressedCannotBeReadInOneWay(String coding) throws Exception {
    try (TestGateway gateway = gateway("\"models\": [\"llama3\"]");
        RawClient client = gateway.connect()) {
      String head =
          TestGateway.postHeadOf(
              "/v1/chat/completions", "Content-Encoding: " + coding + "\r\nContent-Length: 2");

      assertEquals(415, client.send(limited(head) + "{}").answer().status());
    }
  }

  @ParameterizedTest
  @CsvSource({"llama3, 0, 200", "other, 0, 403", "llama3, 3000000, 200", "other, 3000000, 403"})
  void whatIsInZstdIsReadAndSentAsItWasRead(String model, int more, int status) throws Exception {
    try (TestGateway gateway = gateway("\"models\": [\"llama3\"]");
        RawClient client = gateway.connect()) {
      String body = "{\"input\":\"" + "x".repeat(more) + "\",\"model\":\"" + model + "\"}";
      String packed = ZstdFrames.of(body);
      String head =
          TestGateway.postHeadOf(
              "/v1/embeddings", "Content-Encoding: zstd\r\nContent-Length: " + packed.length());

      assertEquals(status, client.send(limited(head) + packed).answer().status());

      if (status == 200) {
        Call seen = server.next();
        assertEquals(body, seen.body());
        assertEquals("", seen.head().field("Content-Encoding"));
      } else {
        assertEquals(0, server.seen().size());
      }
      String broken = packed.substring(0, packed.length() - 1);
      head = head.replace("Length: " + packed.length(), "Length: " + broken.length());
      assertEquals(415, client.send(limited(head) + broken).answer().status());
    }
  }

  private int transcribe(TestGateway gateway, String query, String... models) throws IOException {
    StringBuilder form = new StringBuilder();
    for (String model : models) {
      form.append("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n")
          .append(model)
          .append("\r\n");
    }
    form.append("--b--\r\n");
    String fields =
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " + form.length();
    String path = "/v1/audio/transcriptions" + query;
    return gateway.ask(limited(TestGateway.postHeadOf(path, fields)) + form).status();
  }

  /** Before it, a key that may use one model alone; it reads no more than so much for that. */
  private TestGateway reading(int questionBytes) throws Exception {
    return plan("\"models\": [\"llama3\"]")
        .set("limits", "{\"questionBytes\": " + questionBytes + ", \"replayBytes\": 1000}")
        .start();
  }

  private TestGateway gateway(String member) throws Exception {
    return plan(member).start();
  }

  private TestGateway.Plan plan(String member) {
    return TestGateway.before(server).set("apiKeys", keys(member));
  }

  private static String keys(String member) {
    String digest = ApiKey.ofPlain("limited", "limited-key", false).sha256();
    String more = member.isEmpty() ? "" : ", " + member;
    return "["
        + TestGateway.entry("admin", TestGateway.KEY, true)
        + ", {\"name\": \"limited\", \"sha256\": \""
        + digest
        + "\""
        + more
        + "}]";
  }

  private static Answer ask(TestGateway gateway, String method, String path, String body)
      throws IOException {
    try (RawClient client = gateway.connect()) {
      String request = body.isEmpty() ? TestGateway.getOf(path) : TestGateway.postOf(path, body);
      String own = limited(request).replaceFirst("^[A-Z]+", method);
      return client.send(own).answer(method.equals("HEAD"));
    }
  }

  private static String limited(String request) {
    return request.replace(TestGateway.AUTH, "Authorization: Bearer limited-key\r\n");
  }
}
