package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrayKeysTest {

  /** As the gateway makes them. */
  private static final String MADE = "x3_Zk-9vQmYw7RtB2nLc5HfJd8Gs1Pa6Ue4ToWiXyKq";

  private static final String SHOWN_MAX = "y".repeat(20);

  private final StrayKeys keys = of(MADE);

  @Test
  void aKeyIsFoundBetweenWhateverNoneOfOursHas() {
    for (int c = 0; c <= 0xff; c++) {
      if (!isOfMadeKey((char) c)) {
        String encoded = "%%%02x".formatted(c);
        for (String part :
            List.of(encoded + MADE, MADE + encoded, "a" + encoded + MADE + encoded + "b")) {
          for (String target : List.of("/v1/models/" + part, "/x?q=" + part, "/x?" + part)) {
            assertTrue(of(MADE).in(target), target);
            assertTrue(of(MADE).in(target.replace("%", "%25")), target);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:KEY",
        "'KEY'",
        "\"KEY\"",
        "(KEY)",
        "[KEY]",
        "{KEY}",
        "<KEY>",
        "KEY!",
        "KEY|x",
        "KEY@x",
        "KEY*",
        "~KEY",
        "$KEY",
        "KEY.json",
        "x%09KEY",
        "{\"key\":\"KEY\"}",
        "%c2%ab%4bEY"
      })
  void alsoAsItStandsInOtherLanguages(String part) {
    String written = part.replace("%4bEY", "%78" + MADE.substring(1)).replace("KEY", MADE);
    assertTrue(of(MADE).in("/v1/models/" + written), written);
    assertTrue(of(MADE).in("/api/tags?a=b&c=" + written), written);
    String logged = of(MADE).masked("/v1/models/" + written, true, 512);
    assertEquals("/v1/models/…", logged);
  }

  @ParameterizedTest
  @CsvSource({
    "ab.cd~e, {\"ab.cd~e\"}",
    "a/b+c==, x:a/b+c==",
    "a/b+c,   \"a/b+c=\"",
    "p!q,     x;p!q",
    "p!q,     a=p!q",
    "a b,     x;c=a b",
  })
  void aKeyThatSomebodyChoseIsFoundWhereItsOwnCharactersAllowThat(String key, String part) {
    String encoded = part.replace("/", "%2f").replace(" ", "%20");
    assertTrue(of(key).in("/x/" + encoded), part);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/tags?x=y",
        "/api/blobs/sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "/api/blobs/sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "/v1/models/library/llama3.2:3b-instruct",
        "/v1/models/library%2Fllama3.2%3A3b-instruct",
        "/v1/models/hf.co/somebody/Some-Model-1.5-GGUF:Q4_K_M",
        "/v1/models/hf.co%2Fsomebody%2FSome-Model-1.5-GGUF%3AQ4_K_M",
        "/v1/models/registry.example.com:5000/team/sub/Some.Model_v2-7B:latest",
        "/v1/models/hf.co%252Fsomebody%252FSome-Model-1.5-GGUF%253AQ4_K_M?client=a%20b",
        "/v1/chat/completions?api-version=2024-10-21-preview",
        "/v1/chat/completions?limit=100&order=desc&after=chatcmpl-9abcDEF&metadata[k]=v",
        "/v1/files?purpose=fine-tune&after=file-abc123&limit=20&order=asc",
        "/v1/responses/resp_0123456789abcdef/input_items?include[]=message.input_image.image_url",
        "/v1/usage?start=2026-11-26T00:00:00.000Z&end=2026-11-27T00:00:00.000Z&tz=Europe%2FBerlin",
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-02-01",
        "/static/js/main.8f3a2c1b.chunk.js?v=1.2.3",
      })
  void usualTargetsAreFarFromTheBound(String target) {
    StrayKeys looking = of(MADE);
    assertFalse(looking.in(target), target);
    assertTrue(looking.lookUps() <= 32, target + " " + looking.lookUps());
  }

  @Test
  void whatIsTheSameIsLookedUpOnce() {
    assertFalse(keys.in("/x/x/x/x?x=x&x=x"));
    // Twice: x=x is a part too.
    assertEquals(2, keys.lookUps());
  }

  @Test
  void whatHasTooManyPartsCountsAsAKey() {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < 64; i++) {
      path.append("/y").append(i);
    }
    assertFalse(of(MADE).in(path.toString()));
    assertTrue(of(MADE).in(path + "/z"));
    assertEquals(path + "/…/…", of(MADE).masked(path + "/z/z", true, 512));
    assertFalse(of(MADE).in("/y".repeat(1000)));
  }

  @Test
  void eachPlaceOfAKeyIsMasked() {
    String path = "/a/" + MADE + "/" + MADE + "/a:" + MADE;
    assertEquals("/a/…/…/…", keys.masked(path, true, 512));
  }

  @Test
  void alsoOfAKnownRouteNoLongWordIsShownWhichMayBeAMistypedKey() {
    String mistyped = MADE.substring(1);
    String digest = "0123456789abcdef".repeat(4);
    for (String known : List.of("/v1/models/", "/api/blobs/", "/api/blobs/sha256:0")) {
      assertEquals(
          known.substring(0, known.lastIndexOf('/')) + "/…",
          keys.masked(known + mistyped, true, 512));
    }
    for (String shown :
        List.of(
            "/v1/models/hf.co/somebody/DeepSeek-R1-Distill-Qwen-32B-abliterated-GGUF:Q4_K_M",
            "/api/blobs/sha256:" + digest,
            "/api/blobs/sha256-" + digest)) {
      assertEquals(shown, keys.masked(shown, true, 512));
    }
    assertEquals("/api/blobs/…", keys.masked("/api/blobs/" + digest, true, 512));
    assertEquals("/api/blobs/…", of(digest).masked("/api/blobs/sha256:" + digest, true, 512));
  }

  @Test
  void whatIsStillEncodedWhenDecodedTwiceIsMasked() {
    String thrice = MADE.replace("x", "%252578");
    assertEquals("/v1/models/…", keys.masked("/v1/models/" + thrice, true, 512));
    assertEquals("/x/…/y", keys.masked("/x/%25252f/y", false, 512));
    assertEquals("/x/%252f/50%25/y", keys.masked("/x/%252f/50%25/y", false, 512));
    assertEquals("/" + SHOWN_MAX, keys.masked("/" + SHOWN_MAX, false, 512));
  }

  private static StrayKeys of(String key) {
    return new StrayKeys(new KeyRing(List.of(ApiKey.ofPlain("alice", key, false))));
  }

  private static boolean isOfMadeKey(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || c == '-'
        || c == '_';
  }
}
