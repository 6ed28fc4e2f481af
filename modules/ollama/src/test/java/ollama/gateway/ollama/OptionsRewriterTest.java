package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of bodies that pass in pieces, by options as {@link Policies} reads them. In bodies
 * a backtick stands for a quote.
 */
class OptionsRewriterTest {

  private static final int BODIES = 5_000;
  private static final int LONG_BYTES = 40_000_000;
  private static final int PIECE_BYTES = 16 * 1024;
  private static final String[] POLICIES = {
    "num_ctx=4096",
    "num_ctx<8192 num_predict<100 keep_alive=`5m` think=false !",
    "num_predict<100 think?`low` temperature<0.5",
    "keep_alive<`10m` shift=true seed?1",
    "think=true top_k>3",
    "!"
  };
  private static final Route[] ROUTES = {
    Route.GENERATE,
    Route.CHAT,
    Route.EMBED,
    Route.V1_CHAT,
    Route.V1_COMPLETIONS,
    Route.V1_RESPONSES,
    Route.V1_MESSAGES
  };
  private static final String[] NAMES = {
    "options",
    "Options",
    "\\u006fption\\u017f",
    "OPTION\u017f",
    "optionss",
    "keep_alive",
    "\u212aeep_alive",
    "think",
    "shift",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "reasoning",
    "reasoning_effort",
    "thinking",
    "output_config",
    "temperature",
    "model",
    "prompt",
    ""
  };
  private static final String[] INNER = {
    "num_ctx", "num_predict", "seed", "top_k", "effort", "Effort", "num_gpu", "type", "options"
  };
  private static final String[] VALUES = {
    "null",
    "0",
    "-1",
    "5",
    "1e5",
    "-0.25E+2",
    "true",
    "false",
    "``",
    "`5m`",
    "`high`",
    "`a\\\\`",
    "`\\`}{`",
    "[ ]",
    "[1,{`options`:{}},[[]]]",
    "{}"
  };

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_ctx=1 | {}   | {`options`:{`num_ctx`:1}}",
        "num_ctx=1 | { }  | { `options`:{`num_ctx`:1}}",
        "num_ctx=1 | {`model`:`m` }  | {`model`:`m` ,`options`:{`num_ctx`:1}}",
        "num_ctx=1 | {`x`:12}  | {`x`:12,`options`:{`num_ctx`:1}}",
        "num_ctx=1 | {`options`:{`num_ctx`:2 } ,`x`:1}    | {`options`:{`num_ctx`:1 } ,`x`:1}",
        "num_ctx=1 | {`x`:1,`options`: { } }              | {`x`:1,`options`: {`num_ctx`:1 } }",
        "num_ctx=1 | {`options`:null,`x`:[]}              | {`options`:{`num_ctx`:1},`x`:[]}",
        "num_ctx=1 | {`options`:{}} {`options`:{`num_ctx`:2}} | {`options`:{`num_ctx`:1}}"
            + " {`options`:{`num_ctx`:2}}",
        "num_ctx<8 keep_alive=`5m` | {`keep_alive`:-1,`options`:{`num_ctx`:7}} |"
            + " {`keep_alive`:`5m`,`options`:{`num_ctx`:7}}",
        "num_ctx<8 think=true | {`x`:{},`options`:{`num_ctx`:9,`y`:[`\\``,1]}} |"
            + " {`x`:{},`options`:{`num_ctx`:8,`y`:[`\\``,1]},`think`:true}",
        "num_ctx=1 seed=2 | {`options`:{`seed`:0,`z`:0,`num_ctx`:0}} |"
            + " {`options`:{`seed`:2,`z`:0,`num_ctx`:1}}",
        "keep_alive=5 | {`keep_alive`:12345} | {`keep_alive`:5}",
        "keep_alive=5 | {`keep_alive`:1 ,`x`:-0.5e+7} | {`keep_alive`:5 ,`x`:-0.5e+7}",
        // Names as Ollama reads them.
        "num_ctx=1 | {`\\u006fptions`:{`num_ctx`:2}}  | {`\\u006fptions`:{`num_ctx`:1}}",
        "num_ctx=1 | {`\\u006f\\u0070\\u0074\\u0069\\u006f\\u006e\\u017f`:{`num_ctx`:2}}  |"
            + " {`\\u006f\\u0070\\u0074\\u0069\\u006f\\u006e\\u017f`:{`num_ctx`:1}}",
        "num_ctx=1 | {`\\u004FPTION\u017f`:{`num_ctx`:2}}  | {`\\u004FPTION\u017f`:{`num_ctx`:1}}",
        "keep_alive=5 | {`\u212aeep_alive`:2} | {`\u212aeep_alive`:5}",
        "num_ctx=1 | {`optionsoptionsoptionsoptionsoptionsoptions`:{`num_ctx`:2}}  |"
            + " {`optionsoptionsoptionsoptionsoptionsoptions`:{`num_ctx`:2},"
            + "`options`:{`num_ctx`:1}}",
        // Elsewhere it is nothing that Ollama reads.
        "num_ctx=1 | {`x`:{`options`:{`num_ctx`:2}},`y`:[{`options`:3}],`z`:`options`} |"
            + " {`x`:{`options`:{`num_ctx`:2}},`y`:[{`options`:3}],`z`:`options`,"
            + "`options`:{`num_ctx`:1}}",
        "num_ctx=1 | {`p`:`\\`,\\`options\\`:{}`}     | {`p`:`\\`,\\`options\\`:{}`,"
            + "`options`:{`num_ctx`:1}}",
      })
  void whatPassesSaysWhatItsKeyHasItSay(String policy, String body, String expected)
      throws Exception {
    byte[] bytes = bytes(body);
    for (int piece = 1; piece <= bytes.length; piece++) {
      Passed passed = new Passed(policy, Route.CHAT);
      passed.all(bytes, piece);
      assertEquals(quoted(expected), passed.text());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_ctx<8 | {`options`:{},`options`:{`num_ctx`:9}}       | 400 | `options` twice",
        "num_ctx<8 | {`options`:{},`x`:1,`OPTIONS`:{}}            | 400 | `options` twice",
        "num_ctx<8 | {`options`:{},`\\u006fptions`:null}          | 400 | `options` twice",
        "num_ctx<8 | {`options`:{},`option\u017f`:{}}             | 400 | `options` twice",
        "num_ctx<8 | {`options`:null,`options`:null}              | 400 | `options` twice",
        "num_ctx<8 | {`options`:{`num_ctx`:1,`num_ctx`:9}}        | 400 | `num_ctx` in `options`",
        "num_ctx<8 | {`options`:{`Num_ctx`:9}}                    | 400 | small letters",
        "num_ctx<8 | {`options`:{`num_ctx`:`9`}}                  | 400 | a whole number",
        "num_ctx<8 | {`options`:[]}                               | 400 | an object",
        "! | {`x`:1,`options`:{`num_gpu`:9}}                      | 403 | loaded anew",
        "! | {`shift`:true}                                       | 403 | loaded anew",
        "keep_alive=1 | {`keep_alive`:1,`\u212aEEP_ALIVE`:2}      | 400 | `keep_alive` twice",
        // What is no JSON has no end here.
        "num_ctx<8 | {`options`:{}                 | 400 | whole JSON object",
        "num_ctx<8 | {`options`:{},                | 400 | whole JSON object",
        "num_ctx<8 | {`options`:{},}               | 400 | whole JSON object",
        "num_ctx<8 | {`a`:1 `options`:{}}          | 400 | whole JSON object",
        "num_ctx<8 | {`a`:01}                      | 400 | whole JSON object",
        "num_ctx<8 | {`a`:1.}                      | 400 | whole JSON object",
        "num_ctx<8 | {`a`:1e}                      | 400 | whole JSON object",
        "num_ctx<8 | {`a`:-}                       | 400 | whole JSON object",
        "num_ctx<8 | {`a`:+1}                      | 400 | whole JSON object",
        "num_ctx<8 | {`a`:nul}                     | 400 | whole JSON object",
        "num_ctx<8 | {`a`:NaN}                     | 400 | whole JSON object",
        "num_ctx<8 | {`a`:`\\x`}                   | 400 | whole JSON object",
        "num_ctx<8 | {`a`:`\\u12g4`}               | 400 | whole JSON object",
        "num_ctx<8 | {`a`:[1,]}                    | 400 | whole JSON object",
        "num_ctx<8 | {`a`:[}]}                     | 400 | whole JSON object",
        "num_ctx<8 | {`a`:{]}}                     | 400 | whole JSON object",
        "num_ctx<8 | {a:1}                         | 400 | whole JSON object",
        "num_ctx<8 | {`a` 1}                       | 400 | whole JSON object",
        "num_ctx<8 | {/*`*/`options`:{},/*`*/`x`:1}| 400 | whole JSON object",
        "num_ctx<8 | [{`options`:{}}]              | 400 | whole JSON object",
        "num_ctx<8 | `options`                     | 400 | whole JSON object",
        "num_ctx<8 | \ufeff{}                      | 400 | whole JSON object",
      })
  void ofWhatIsRefusedNoServerHasTheEnd(String policy, String body, int status, String part) {
    byte[] bytes = bytes(body);
    for (int piece = 1; piece <= bytes.length; piece++) {
      Passed passed = new Passed(policy, Route.CHAT);
      int size = piece;
      OptionsRefusedException refused =
          assertThrows(OptionsRefusedException.class, () -> passed.all(bytes, size), body);
      assertEquals(status, refused.status());
      assertTrue(message(refused).contains(quoted(part)), message(refused));
      assertFalse(isWholeObject(passed.out.toByteArray()), passed.text());
    }
  }

  @Test
  void whatHasGoneOnAndWouldSaySomethingElseIsRefused() throws Exception {
    String first = "{`reasoning_effort`:``,`reasoning`:{`effort`:`high`}}";
    String second = "{`reasoning`:{`effort`:`high`},`reasoning_effort`:``}";
    for (int piece : new int[] {1, 100}) {
      Passed passed = new Passed("think?`low`", Route.V1_CHAT);
      OptionsRefusedException refused =
          assertThrows(OptionsRefusedException.class, () -> passed.all(bytes(first), piece), first);
      assertEquals(400, refused.status());
      assertTrue(message(refused).contains("keep one of them"), message(refused));
      assertFalse(isWholeObject(passed.out.toByteArray()), passed.text());

      Passed other = new Passed("think?`low`", Route.V1_CHAT);
      other.all(bytes(second), piece);
      assertEquals(quoted(second), other.text());
    }
  }

  @Test
  void asManyThingsMayStandInEachOtherAsElsewhere() throws Exception {
    for (int more = 0; more < 2; more++) {
      int arrays = JsonReader.DEPTH_MAX - 1 + more;
      byte[] body = bytes("{`x`:" + "[".repeat(arrays) + "]".repeat(arrays) + ",`options`:{}}");
      Passed passed = new Passed("num_ctx=1", Route.CHAT);
      if (more == 0) {
        passed.all(body, 1000);
        assertTrue(passed.text().endsWith(quoted("],`options`:{`num_ctx`:1}}")));
      } else {
        assertThrows(OptionsRefusedException.class, () -> passed.all(body, 1000));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{`options`:{`x`:`", "{`options`:{`x`:`y`},`keep_alive`:`", "{`keep_alive`:"})
  void whatIsHeldBackIsBounded(String begin) throws Exception {
    String fill = "1".repeat(OptionsRewriter.KEPT_BYTES_MAX);
    Passed passed = new Passed("num_ctx=1 keep_alive=1", Route.CHAT);
    OptionsRefusedException refused =
        assertThrows(
            OptionsRefusedException.class, () -> passed.all(bytes(begin + fill), PIECE_BYTES));
    assertEquals(413, refused.status());
    assertTrue(message(refused).contains("65536 bytes"), message(refused));
    assertFalse(isWholeObject(passed.out.toByteArray()));
  }

  @Test
  void whatTheOptionsAreNotAboutGoesOnAtOnceAndIsNotKept() throws Exception {
    OptionsRewriter rewriter = new OptionsRewriter(Policies.of("num_ctx=1"), Route.CHAT);
    byte[] begin = bytes("{`model`:`m`,`images`:[`");
    byte[] piece = bytes("\u00e4AB+/".repeat(PIECE_BYTES / 6));
    byte[] end = bytes("`] , `options`:{`num_ctx`:5}}");
    List<byte[]> pieces = new ArrayList<>();
    OptionsRewriter.Sink whole =
        (bytes, from, count) -> {
          assertEquals(0, from);
          assertEquals(bytes.length, count);
          pieces.add(bytes);
        };
    rewriter.passes(begin, 0, begin.length, whole);
    for (int passed = 0; passed < LONG_BYTES; passed += piece.length) {
      rewriter.passes(piece, 0, piece.length, whole);
    }
    // Each of them is passed on in one go, out of the array that it came in.
    assertSame(begin, pieces.getFirst());
    pieces.stream().skip(1).forEach(each -> assertSame(piece, each));
    assertEquals(1 + Math.ceilDiv(LONG_BYTES, piece.length), pieces.size());

    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    rewriter.passes(end, 0, end.length, rest::write);
    rewriter.end();
    assertEquals(quoted("`] , `options`:{`num_ctx`:1}}"), rest.toString(UTF_8));
  }

  @Test
  void whatWillBePutAtTheEndIsKnownBefore() throws Exception {
    OptionsRewriter rewriter = new OptionsRewriter(Policies.of("num_ctx=1 think=true"), Route.CHAT);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] begin = bytes("{`model`:`m`,`think`:false,`opti");
    byte[] within = bytes("ons`:{`x`:");
    byte[] behind = bytes("2},`y`:3");
    rewriter.passes(begin, 0, begin.length, out::write);
    assertEquals(quoted("`options`:{`num_ctx`:1}"), rewriter.atEnd());
    rewriter.passes(within, 0, within.length, out::write);
    assertEquals(quoted("`options`:{`num_ctx`:1}"), rewriter.atEnd());
    assertEquals(quoted("{`model`:`m`,`think`:true,`options`:"), out.toString(UTF_8));
    rewriter.passes(behind, 0, behind.length, out::write);
    assertEquals("", rewriter.atEnd());
  }

  /** What changes a whole body at once is the judge. */
  @Test
  void aBodySaysInPiecesWhatItWouldSayInOne() {
    Random random = new Random(7);
    int[] outcomes = new int[3];
    for (int i = 0; i < BODIES; i++) {
      String policy = POLICIES[random.nextInt(POLICIES.length)];
      Route route = ROUTES[random.nextInt(ROUTES.length)];
      if (!Policies.of(policy).concerns(route)) {
        continue;
      }
      byte[] body = body(random);
      String shown = policy + " " + route + " " + new String(body, UTF_8);
      String whole = inOne(policy, route, body);

      String inPieces = inPieces(policy, route, body, 1 + random.nextInt(body.length));
      assertEquals(inPieces, inPieces(policy, route, body, 1), shown);

      if (!whole.isEmpty() && inPieces.isEmpty()) {
        // It can't take back what it said of one member when another one says the same thing.
        assertTrue(OptionForm.of(route) != OptionForm.NATIVE, shown);
        outcomes[2]++;
      } else {
        assertEquals(whole, inPieces, shown);
        outcomes[whole.isEmpty() ? 1 : 0]++;
      }
    }
    assertTrue(outcomes[0] > BODIES / 4, "passed: " + outcomes[0]);
    assertTrue(outcomes[1] > BODIES / 10, "refused: " + outcomes[1]);
    assertTrue(outcomes[2] < BODIES / 100, "refused in pieces only: " + outcomes[2]);
  }

  /** One with what matters in it, now and then broken. */
  private static byte[] body(Random random) {
    StringBuilder out = new StringBuilder(random.nextInt(8) == 0 ? " \n{" : "{");
    int members = random.nextInt(5);
    for (int i = 0; i < members; i++) {
      out.append(i == 0 ? "" : random.nextBoolean() ? "," : " ,\t");
      out.append('`').append(NAMES[random.nextInt(NAMES.length)]).append("`:");
      value(random, out);
      out.append(random.nextInt(4) == 0 ? " " : "");
    }
    out.append('}').append(random.nextInt(8) == 0 ? "\n{`options`:1" : "");
    if (random.nextInt(8) == 0) {
      int at = random.nextInt(out.length());
      out.setCharAt(at, "{}[],:`\\1a ".charAt(random.nextInt(11)));
    }
    if (random.nextInt(30) == 0) {
      out.setLength(1 + random.nextInt(out.length()));
    }
    return bytes(out.toString());
  }

  private static void value(Random random, StringBuilder out) {
    if (random.nextBoolean()) {
      out.append(VALUES[random.nextInt(VALUES.length)]);
      return;
    }
    out.append('{');
    int members = random.nextInt(3);
    for (int i = 0; i < members; i++) {
      out.append(i == 0 ? "" : " ,");
      out.append('`').append(INNER[random.nextInt(INNER.length)]).append("` : ");
      out.append(VALUES[random.nextInt(VALUES.length)]);
    }
    out.append('}');
  }

  /** What becomes of a body at once, with what is missing at its end; empty if it is refused. */
  private static String inOne(String policy, Route route, byte[] body) {
    List<Edit> edits = new ArrayList<>();
    try {
      edits.addAll(OptionsEdits.of(Policies.of(policy), route, body, body.length));
    } catch (OptionsRefusedException _) {
      return "";
    }
    JsonReader reader = new JsonReader(body, 0, body.length, true);
    int begin = reader.next() == JsonReader.Token.BEGIN_OBJECT ? reader.tokenEnd() : 0;
    boolean isEmpty = reader.next() == JsonReader.Token.END_OBJECT;
    while (!isEmpty && reader.depth() > 0) {
      reader.next();
    }
    int close = reader.tokenStart();
    edits.replaceAll(edit -> edit.place().to() == begin ? moved(edit, close, isEmpty) : edit);
    edits.sort(Comparator.comparingInt(edit -> edit.place().from()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    for (Edit edit : edits) {
      out.write(body, at, edit.place().from() - at);
      out.writeBytes(edit.text().getBytes(UTF_8));
      at = edit.place().to();
    }
    out.write(body, at, body.length - at);
    return out.toString(UTF_8);
  }

  private static Edit moved(Edit edit, int to, boolean isEmpty) {
    String text = edit.text();
    return Edit.insert(to, isEmpty ? text : "," + text.substring(0, text.length() - 1));
  }

  private static String inPieces(String policy, Route route, byte[] body, int piece) {
    Passed passed = new Passed(policy, route);
    try {
      passed.all(body, piece);
      return passed.text();
    } catch (OptionsRefusedException _) {
      assertFalse(isWholeObject(passed.out.toByteArray()), passed.text());
      return "";
    }
  }

  private static boolean isWholeObject(byte[] bytes) {
    JsonReader reader = new JsonReader(bytes, 0, bytes.length, false);
    return reader.next() == JsonReader.Token.BEGIN_OBJECT
        && reader.skipValue() == JsonReader.Token.END_OBJECT;
  }

  private static String message(OptionsRefusedException refused) {
    return String.valueOf(refused.getMessage());
  }

  private static byte[] bytes(String text) {
    return quoted(text).getBytes(UTF_8);
  }

  private static String quoted(String text) {
    return text.replace('`', '"');
  }

  /** What went on of a body. */
  private static final class Passed {
    private final OptionsRewriter rewriter;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Passed(String policy, Route route) {
      rewriter = new OptionsRewriter(Policies.of(policy), route);
    }

    private void all(byte[] body, int piece) throws OptionsRefusedException {
      for (int from = 0; from < body.length; from += piece) {
        rewriter.passes(body, from, Math.min(piece, body.length - from), out::write);
      }
      rewriter.end();
    }

    private String text() {
      return out.toString(UTF_8);
    }
  }
}
