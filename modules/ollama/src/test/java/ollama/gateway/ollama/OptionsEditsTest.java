package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of bodies by the options of a key, which stand here as {@link Policies} reads them.
 * In bodies a backtick stands for a quote.
 */
class OptionsEditsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // A pin holds whatever the client says.
        "num_ctx=4096 | {`options`:{`num_ctx`:8192}} | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {`options`:{`num_ctx`:`x`}}  | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {`options`:{`num_ctx`:[{}]}} | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {`options`:{`num_ctx`:null}} | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {`options`:{}}               | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {`options`:{ `x`:1 }}        | {`options`:{`num_ctx`:4096, `x`:1 }}",
        "num_ctx=4096 | {`options`:null}             | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | {}                           | {`options`:{`num_ctx`:4096}}",
        "num_ctx=4096 | { `model` : `m` } tail       | {`options`:{`num_ctx`:4096}, `model` : `m` }"
            + " tail",
        "use_mmap=true | {`options`:{`use_mmap`:false}} | {`options`:{`use_mmap`:true}}",
        // Bounds.
        "num_ctx<8192 | {`options`:{`num_ctx`:8193}}   | {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:8192}}   | {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:8192.0}} | {`options`:{`num_ctx`:8192.0}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:8192.5}} | {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:1e3}}    | {`options`:{`num_ctx`:1e3}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:1E+5}}   | {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:1e999}}  | {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:99999999999999999999999}} |"
            + " {`options`:{`num_ctx`:8192}}",
        "num_ctx<8192 | {`options`:{`num_ctx`:-1}}     | {`options`:{`num_ctx`:-1}}",
        "num_ctx<8192 | {`options`:null}               | {`options`:null}",
        "num_ctx<8192 | {}                             | {}",
        "num_ctx>100  | {`options`:{`num_ctx`:99}}     | {`options`:{`num_ctx`:100}}",
        "num_ctx>100  | {`options`:{`num_ctx`:-1e999}} | {`options`:{`num_ctx`:100}}",
        "num_gpu<10    | {`options`:{`num_gpu`:-1}}    | {`options`:{`num_gpu`:10}}",
        "num_gpu<10    | {`options`:{`num_gpu`:0}}     | {`options`:{`num_gpu`:0}}",
        "num_thread<4  | {`options`:{`num_thread`:0}}  | {`options`:{`num_thread`:4}}",
        "top_k<40      | {`options`:{`top_k`:0}}       | {`options`:{`top_k`:40}}",
        "temperature<0.7 | {`options`:{`temperature`:0.70001}} | {`options`:{`temperature`:0.7}}",
        "temperature<0.7 | {`options`:{`temperature`:0}} | {`options`:{`temperature`:0}}",
        // Defaults.
        "num_ctx?4096 | {`options`:{`num_ctx`:1}}    | {`options`:{`num_ctx`:1}}",
        "num_ctx?4096 | {`options`:{`num_ctx`:null}} | {`options`:{`num_ctx`:4096}}",
        "num_ctx?4096 | {}                           | {`options`:{`num_ctx`:4096}}",
        "num_ctx?4096 num_ctx<8192 | {`options`:{`num_ctx`:9000}} | {`options`:{`num_ctx`:8192}}",
        "num_ctx?1 seed?2 top_k=3 | {`options`:{`seed`:5}} |"
            + " {`options`:{`num_ctx`:1,`top_k`:3,`seed`:5}}",
        // Tokens of an answer: below 1 is any number of them.
        "num_predict<100 | {`options`:{`num_predict`:-1}}  | {`options`:{`num_predict`:100}}",
        "num_predict<100 | {`options`:{`num_predict`:-2}}  | {`options`:{`num_predict`:100}}",
        "num_predict<100 | {`options`:{`num_predict`:0}}   | {`options`:{`num_predict`:100}}",
        "num_predict<100 | {`options`:{`num_predict`:1}}   | {`options`:{`num_predict`:1}}",
        "num_predict<100 | {}                              | {`options`:{`num_predict`:100}}",
        "num_predict<100 num_predict?50 | {}               | {`options`:{`num_predict`:50}}",
        "num_predict?50  | {`options`:{`num_predict`:-1}}  | {`options`:{`num_predict`:-1}}",
        "num_predict>50  | {`options`:{`num_predict`:-1}}  | {`options`:{`num_predict`:-1}}",
        "num_predict>50  | {`options`:{`num_predict`:5}}   | {`options`:{`num_predict`:50}}",
        // Beside the options.
        "keep_alive=`5m` | {`keep_alive`:0}        | {`keep_alive`:`5m`}",
        "keep_alive=`5m` | {`keep_alive`:null}     | {`keep_alive`:`5m`}",
        "keep_alive=`5m` | {`x`:1}                 | {`keep_alive`:`5m`,`x`:1}",
        "keep_alive=`5m` | {`Keep_Alive`:`1h`}     | {`Keep_Alive`:`5m`}",
        "keep_alive=`5m` | {`\u212aeep_alive`:`1h`} | {`\u212aeep_alive`:`5m`}",
        "keep_alive=`5m` | {`\\u006beep_alive`:`1h`} | {`\\u006beep_alive`:`5m`}",
        "keep_alive<`10m` | {`keep_alive`:`9m59.9s`} | {`keep_alive`:`9m59.9s`}",
        "keep_alive<`10m` | {`keep_alive`:`1h`}    | {`keep_alive`:`10m`}",
        "keep_alive<`10m` | {`keep_alive`:601}     | {`keep_alive`:`10m`}",
        "keep_alive<`10m` | {`keep_alive`:600}     | {`keep_alive`:600}",
        "keep_alive<`10m` | {`keep_alive`:-1}      | {`keep_alive`:`10m`}",
        "keep_alive<`10m` | {`keep_alive`:`-1s`}   | {`keep_alive`:`10m`}",
        "keep_alive<600   | {`keep_alive`:`1h`}    | {`keep_alive`:600}",
        "keep_alive>60    | {`keep_alive`:`0`}     | {`keep_alive`:60}",
        "keep_alive>60    | {`keep_alive`:-1}      | {`keep_alive`:-1}",
        "think=false | {`think`:true}    | {`think`:false}",
        "think=false | {`think`:`high`}  | {`think`:false}",
        "think=false | {}                | {`think`:false}",
        "think?`low` | {`think`:true}    | {`think`:true}",
        "think?`low` | {`think`:`max`}   | {`think`:`max`}",
        "think?`low` | {`think`:null}    | {`think`:`low`}",
        "shift=true  | {`shift`:false,`options`:{}} | {`shift`:true,`options`:{}}",
        // Names as Ollama reads them.
        "num_ctx=1 | {`Options`:{`num_ctx`:2}}        | {`Options`:{`num_ctx`:1}}",
        "num_ctx=1 | {`option\u017f`:{`num_ctx`:2}}   | {`option\u017f`:{`num_ctx`:1}}",
        "num_ctx=1 | {`options`:{`num\\u005fctx`:2}}  | {`options`:{`num\\u005fctx`:1}}",
        "num_ctx=1 | {`x`:{`options`:{`num_ctx`:2}}}  | {`options`:{`num_ctx`:1},`x`:{`options`:"
            + "{`num_ctx`:2}}}",
        // What the policy isn't about may be as it likes.
        "num_ctx=1 | {`think`:1,`think`:2,`options`:{`a`:1,`a`:2,`num_ctx`:3}} |"
            + " {`think`:1,`think`:2,`options`:{`a`:1,`a`:2,`num_ctx`:1}}",
        // Models aren't loaded anew.
        "! | {`options`:{`num_ctx`:null,`temperature`:1},`keep_alive`:0} |"
            + " {`options`:{`num_ctx`:null,`temperature`:1},`keep_alive`:0}",
        "! num_ctx<8192 | {`options`:{`num_ctx`:9000}} | {`options`:{`num_ctx`:8192}}",
        "! num_ctx?8192 | {}                           | {`options`:{`num_ctx`:8192}}",
      })
  void aQuestionToOllamaSaysWhatItsKeyHasItSay(String policy, String body, String expected)
      throws Exception {
    assertEquals(quoted(expected), edited(policy, Route.CHAT, body));
    assertEquals(quoted(expected), edited(policy, Route.GENERATE, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "V1_CHAT | num_predict<9 | {`max_tokens`:10} | {`max_tokens`:9}",
        "V1_CHAT | num_predict<9 | {`max_tokens`:-1} | {`max_tokens`:9}",
        "V1_CHAT | num_predict<9 | {`max_tokens`:3}  | {`max_tokens`:3}",
        "V1_CHAT | num_predict<9 | {`Max_Token\u017f`:10} | {`Max_Token\u017f`:9}",
        "V1_CHAT | num_predict<9 | {}                | {`max_tokens`:9}",
        "V1_CHAT | num_predict?5 | {`x`:1}           | {`max_tokens`:5,`x`:1}",
        "V1_CHAT | num_predict?5 | {`max_tokens`:null} | {`max_tokens`:5}",
        "V1_CHAT | num_predict=5 | {`max_tokens`:`x`} | {`max_tokens`:5}",
        "V1_CHAT | num_predict<9 | {`max_completion_tokens`:10} |"
            + " {`max_tokens`:9,`max_completion_tokens`:9}",
        "V1_CHAT | num_predict<9 | {`max_completion_tokens`:3}  |"
            + " {`max_tokens`:3,`max_completion_tokens`:3}",
        "V1_CHAT | num_predict<9 | {`max_completion_tokens`:null}  |"
            + " {`max_tokens`:9,`max_completion_tokens`:null}",
        "V1_CHAT | num_predict<9 | {`max_completion_tokens`:10,`max_tokens`:11} |"
            + " {`max_completion_tokens`:9,`max_tokens`:9}",
        "V1_CHAT | num_predict?5 | {`max_completion_tokens`:10} |"
            + " {`max_tokens`:10,`max_completion_tokens`:10}",
        "V1_CHAT | num_predict=5 | {`max_completion_tokens`:10} |"
            + " {`max_tokens`:5,`max_completion_tokens`:5}",
        "V1_CHAT | temperature<1 top_p=0.5 seed?7 | {`temperature`:1.5,`seed`:null} |"
            + " {`top_p`:0.5,`temperature`:1,`seed`:7}",
        "V1_CHAT | think=false   | {}                            | {`reasoning_effort`:`none`}",
        "V1_CHAT | think=true    | {}                            | {`reasoning_effort`:`medium`}",
        "V1_CHAT | think=`high`  | {`reasoning_effort`:`low`}    | {`reasoning_effort`:`high`}",
        "V1_CHAT | think=false   | {`reasoning`:{`effort`:`low`}} |"
            + " {`reasoning_effort`:`none`,`reasoning`:{`effort`:`none`}}",
        "V1_CHAT | think=false   | {`reasoning`:{}} |"
            + " {`reasoning_effort`:`none`,`reasoning`:{`effort`:`none`}}",
        "V1_CHAT | think=false   | {`reasoning`:null} |"
            + " {`reasoning_effort`:`none`,`reasoning`:null}",
        "V1_CHAT | think=false   | {`reasoning`:1} |"
            + " {`reasoning_effort`:`none`,`reasoning`:{`effort`:`none`}}",
        "V1_CHAT | think?`low`   | {`reasoning_effort`:`high`}   | {`reasoning_effort`:`high`}",
        "V1_CHAT | think?`low`   | {`reasoning_effort`:``}       | {`reasoning_effort`:`low`}",
        "V1_CHAT | think?`low`   | {`reasoning`:{`effort`:`high`}} |"
            + " {`reasoning`:{`effort`:`high`}}",
        "V1_CHAT | think?`low`   | {`reasoning`:{`effort`:``},`reasoning_effort`:`high`} |"
            + " {`reasoning`:{`effort`:`low`},`reasoning_effort`:`high`}",
        "V1_CHAT | num_ctx=1 keep_alive=`5m` top_k=3 repeat_penalty=2 ! |"
            + " {`options`:{`num_ctx`:2},`keep_alive`:0,`top_k`:7} |"
            + " {`options`:{`num_ctx`:2},`keep_alive`:0,`top_k`:7}",
        "V1_COMPLETIONS | num_predict<9 temperature=0 | {`max_tokens`:10} |"
            + " {`temperature`:0,`max_tokens`:9}",
        "V1_COMPLETIONS | num_predict<9 | {`max_completion_tokens`:4} |"
            + " {`max_tokens`:4,`max_completion_tokens`:4}",
        "V1_COMPLETIONS | think=false | {`reasoning_effort`:`high`} | {`reasoning_effort`:`high`}",
        "V1_RESPONSES | num_predict<9 | {`max_output_tokens`:10} | {`max_output_tokens`:9}",
        "V1_RESPONSES | num_predict<9 | {`max_tokens`:10} |"
            + " {`max_output_tokens`:9,`max_tokens`:10}",
        "V1_RESPONSES | top_p=0.5 temperature<1 seed=1 | {`temperature`:2} |"
            + " {`top_p`:0.5,`temperature`:1}",
        "V1_RESPONSES | think=false | {} | {`reasoning`:{`effort`:`none`}}",
        "V1_RESPONSES | think=false | {`reasoning`:null} | {`reasoning`:{`effort`:`none`}}",
        "V1_RESPONSES | think=false | {`reasoning`:{ `summary`:`auto`}} |"
            + " {`reasoning`:{`effort`:`none`, `summary`:`auto`}}",
        "V1_RESPONSES | think=false | {`reasoning`:{`Effort`:`high`}} |"
            + " {`reasoning`:{`Effort`:`none`}}",
        "V1_RESPONSES | think?`low` | {`reasoning`:{`effort`:`high`}} |"
            + " {`reasoning`:{`effort`:`high`}}",
        "V1_RESPONSES | think?`low` | {`reasoning`:{}} | {`reasoning`:{`effort`:`low`}}",
        "V1_MESSAGES | num_predict<9 | {`max_tokens`:10} | {`max_tokens`:9}",
        "V1_MESSAGES | num_predict<9 | {`max_completion_tokens`:4} |"
            + " {`max_tokens`:9,`max_completion_tokens`:4}",
        "V1_MESSAGES | top_k=3 top_p=0.5 temperature?0 seed=1 | {`top_k`:4} |"
            + " {`temperature`:0,`top_p`:0.5,`top_k`:3}",
        "V1_MESSAGES | think=false | {} | {`thinking`:{`type`:`disabled`}}",
        "V1_MESSAGES | think=false | {`thinking`:{`type`:`enabled`,`budget_tokens`:9}} |"
            + " {`thinking`:{`type`:`disabled`}}",
        "V1_MESSAGES | think=`high` | {`thinking`:1} | {`thinking`:{`type`:`enabled`}}",
        "V1_MESSAGES | think?true | {`thinking`:{`type`:`disabled`}} |"
            + " {`thinking`:{`type`:`disabled`}}",
        "V1_MESSAGES | think?false | {`thinking`:null} | {`thinking`:{`type`:`disabled`}}",
        "V1_MESSAGES | think?false | {`output_config`:{`effort`:`high`}} |"
            + " {`output_config`:{`effort`:`high`}}",
        "V1_MESSAGES | think?false | {`output_config`:{}} |"
            + " {`thinking`:{`type`:`disabled`},`output_config`:{}}",
        "EMBED | num_ctx<9 num_predict=1 think=false shift=true temperature=0 |"
            + " {`options`:{`num_ctx`:10}} | {`options`:{`num_ctx`:9}}",
        "EMBEDDINGS | keep_alive=`5m` num_predict=1 | {`keep_alive`:0} | {`keep_alive`:`5m`}",
      })
  void whereAnOptionStandsIsTheRoutes(Route route, String policy, String body, String expected)
      throws Exception {
    assertEquals(quoted(expected), edited(policy, route, body));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CHAT | num_ctx<9 | {`options`:{`num_ctx`:1,`num_ctx`:2}} | `num_ctx` in `options` twice",
        "CHAT | num_ctx=9 | {`options`:{`num_ctx`:1,`num\\u005fctx`:2}} | twice",
        "CHAT | num_ctx=9 | {`options`:{},`options`:{}}     | `options` twice",
        "CHAT | num_ctx=9 | {`options`:null,`OPTIONS`:null} | `options` twice",
        "CHAT | num_ctx=9 | {`options`:{},`option\u017f`:{}} | `options` twice",
        "CHAT | !         | {`options`:{},`options`:{}}     | `options` twice",
        "CHAT | !         | {`shift`:null,`Shift`:null}     | `shift` twice",
        "CHAT | think=false | {`think`:1,`Thin\u212a`:2}    | `think` twice",
        "CHAT | keep_alive=0 | {`keep_alive`:1,`keep_alive`:1} | `keep_alive` twice",
        "CHAT | num_ctx=9 | {`options`:{`Num_Ctx`:1}} | `num_ctx` in `options` in small letters",
        "CHAT | num_ctx=9 | {`options`:[]}        | `options`: expected an object, found a list",
        "CHAT | num_ctx<9 | {`options`:{`num_ctx`:`8192`}} | expected a whole number, found a text",
        "CHAT | num_ctx<9 | {`options`:{`num_ctx`:true}}   | expected a whole number, found true",
        "CHAT | num_ctx?9 | {`options`:{`num_ctx`:{}}}     | a whole number, found an object",
        "CHAT | use_mmap?true | {`options`:{`use_mmap`:1}} | expected true or false, found a numbe",
        "CHAT | temperature<1 | {`options`:{`temperature`:`1`}} | expected a number, found a text",
        "CHAT | keep_alive<60 | {`keep_alive`:`soon`} | or a duration such as `5m`, found a text",
        "CHAT | keep_alive<60 | {`keep_alive`:`5`}    | or a duration such as `5m`, found a text",
        "CHAT | keep_alive<60 | {`keep_alive`:[]}     | or a duration such as `5m`, found a list",
        "CHAT | think?true    | {`think`:1}           | found a number",
        "V1_CHAT | num_predict<9 | {`max_tokens`:`9`} | `max_tokens`: expected a whole number",
        "V1_CHAT | num_predict<9 | {`max_completion_tokens`:`9`} | `max_completion_tokens`: expec",
        "V1_CHAT | num_predict<9 | {`max_tokens`:1,`MAX_TOKENS`:2} | `max_tokens` twice",
        "V1_CHAT | think?true | {`reasoning`:1}       | `reasoning`: expected an object, found a n",
        "V1_CHAT | think?true | {`reasoning_effort`:1} | `reasoning_effort`: expected a text",
        "V1_CHAT | think=true | {`reasoning`:{`effort`:1,`Effort`:2}} | `effort` in `reasoning` tw",
        "V1_MESSAGES | think?true | {`thinking`:true} | `thinking`: expected an object, found true",
        "CHAT | num_ctx=9 | {`options`:{`num_ctx`:1}  | isn't a whole JSON object",
        "CHAT | num_ctx=9 | {`options`:{`num_ctx`:1   | isn't a whole JSON object",
        "CHAT | num_ctx=9 | {`options`:{`num_ctx`     | isn't a whole JSON object",
        "CHAT | num_ctx=9 | {`a`:`                    | isn't a whole JSON object",
        "CHAT | num_ctx=9 | {`a`:1,}                  | isn't a whole JSON object",
        "CHAT | num_ctx=9 | null                      | isn't a whole JSON object",
        "CHAT | num_ctx=9 | [{}]                      | isn't a whole JSON object",
      })
  void whatCanBeReadInTwoWaysOrNotAtAllIsRefused(
      Route route, String policy, String body, String part) {
    OptionsRefusedException refused = refused(policy, route, body);

    assertEquals(400, refused.status());
    assertTrue(message(refused).contains(quoted(part)), refused::getMessage);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CHAT       | !               | {`options`:{`num_ctx`:1}} | leave `num_ctx` in `options`"
            + " out",
        "GENERATE   | !               | {`options`:{`use_mmap`:true}} | `use_mmap` in `options`",
        "CHAT       | !               | {`options`:{`low_vram`:true}} | `low_vram` in `options`",
        "CHAT       | !               | {`options`:{`num_ctx`:`x`}} | `num_ctx` in `options`",
        "CHAT       | ! num_ctx?9     | {`options`:{`num_ctx`:1}} | `num_ctx` in `options`",
        "CHAT       | ! num_ctx<9     | {`options`:{`num_gpu`:1}} | `num_gpu` in `options`",
        "CHAT       | !               | {`Shift`:false}           | leave `shift` out",
        "EMBED      | !               | {`options`:{`num_thread`:1}} | `num_thread` in `options`",
        "EMBEDDINGS | !               | {`options`:{`main_gpu`:1}} | `main_gpu` in `options`",
      })
  void aModelIsNotLoadedAnewWhereItMayNot(Route route, String policy, String body, String part) {
    OptionsRefusedException refused = refused(policy, route, body);

    assertEquals(403, refused.status());
    assertTrue(message(refused).contains(quoted(part)), refused::getMessage);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aRouteIsOfConcernWhereItCanSayWhatARuleIsAbout(Route route) throws Exception {
    boolean isNative =
        switch (route) {
          case GENERATE, CHAT, EMBED, EMBEDDINGS -> true;
          default -> false;
        };
    boolean answers =
        switch (route) {
          case GENERATE, CHAT, V1_CHAT, V1_COMPLETIONS, V1_RESPONSES, V1_MESSAGES -> true;
          default -> false;
        };
    assertEquals(isNative, policy("num_ctx=1").concerns(route));
    assertEquals(isNative, policy("!").concerns(route));
    assertEquals(isNative, policy("keep_alive=1").concerns(route));
    assertEquals(answers, policy("num_predict=1").concerns(route));
    assertEquals(answers, policy("temperature=1").concerns(route));
    assertEquals(answers && route != Route.V1_COMPLETIONS, policy("think=true").concerns(route));
    assertFalse(OptionsPolicy.NONE.concerns(route));
    assertEquals(List.of(), edits("", route, "no JSON"));
  }

  @Test
  void whatStandsBehindAndBetweenStaysByteForByte() throws Exception {
    byte[] text = "x\u00e4\ud83d\ude00".repeat(50_000).getBytes(UTF_8);
    byte[] begin = quoted("{ \t`prompt`\n:`").getBytes(UTF_8);
    byte[] end = quoted("\\u00e4`,`options`:{`num_ctx`:9999} , `z`:[1 ,2]}\n\0 x").getBytes(UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(begin);
    body.writeBytes(text);
    body.write(0xff);
    body.writeBytes(end);

    List<Edit> edits =
        OptionsEdits.of(policy("num_ctx<8192"), Route.CHAT, body.toByteArray(), body.size());

    int at = body.size() - end.length + new String(end, UTF_8).indexOf("9999");
    assertEquals(List.of(new Edit(new Span(at, at + 4), "8192")), edits);
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 5_000, 3_000_000})
  void whatIsTooLongForANumberOrADurationIsNone(int length) {
    String digits = "1".repeat(length);
    String duration = "1".repeat(length) + "s";
    assertEquals(
        400, refused("num_ctx<9", Route.CHAT, "{`options`:{`num_ctx`:" + digits + "}}").status());
    assertEquals(
        400, refused("keep_alive<9", Route.CHAT, "{`keep_alive`:`" + duration + "`}").status());
  }

  private static String message(OptionsRefusedException refused) {
    return String.valueOf(refused.getMessage());
  }

  private static OptionsRefusedException refused(String policy, Route route, String body) {
    return assertThrows(OptionsRefusedException.class, () -> edits(policy, route, body));
  }

  private static List<Edit> edits(String policy, Route route, String body)
      throws OptionsRefusedException {
    byte[] bytes = quoted(body).getBytes(UTF_8);
    return OptionsEdits.of(policy(policy), route, bytes, bytes.length);
  }

  private static String edited(String policy, Route route, String body)
      throws OptionsRefusedException {
    List<Edit> edits = new ArrayList<>(edits(policy, route, body));
    edits.sort((a, b) -> Integer.compare(b.place().from(), a.place().from()));
    byte[] bytes = quoted(body).getBytes(UTF_8);
    int before = bytes.length;
    for (Edit edit : edits) {
      assertTrue(edit.place().to() <= before, "two changes of one place: " + edits);
      before = edit.place().from();
      ByteArrayOutputStream changed = new ByteArrayOutputStream();
      changed.write(bytes, 0, edit.place().from());
      changed.writeBytes(edit.text().getBytes(UTF_8));
      changed.write(bytes, edit.place().to(), bytes.length - edit.place().to());
      bytes = changed.toByteArray();
    }
    return new String(bytes, UTF_8);
  }

  private static OptionsPolicy policy(String text) {
    return Policies.of(text);
  }

  private static String quoted(String text) {
    return text.replace('`', '"');
  }
}
