package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.ollama.ModelOption;
import ollama.gateway.ollama.OptionRule;
import ollama.gateway.ollama.OptionValue;
import ollama.gateway.ollama.OptionsPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a key's requests may ask of a model. */
final class KeyOptionsTest {

  @Test
  void aKeyWithoutOptionsMayAskAnything() {
    assertEquals(OptionsPolicy.NONE, options("null"));
    assertEquals(OptionsPolicy.NONE, options("{}"));
    assertEquals(OptionsPolicy.NONE, options("{\"num_ctx\": null, \"reload\": null}"));
    assertEquals(OptionsPolicy.NONE, options("{\"reload\": true}"));
    assertEquals(OptionsPolicy.NONE, ApiKey.ofText("a", "b").options());
  }

  @Test
  void aValueIsAPinAndAnObjectABound() {
    Optional<OptionValue> none = Optional.empty();
    assertEquals(
        new OptionsPolicy(
            List.of(
                new OptionRule(ModelOption.NUM_CTX, none, none, value("8192"), none),
                new OptionRule(ModelOption.NUM_PREDICT, none, value("1"), none, value("512")),
                OptionRule.pinned(ModelOption.KEEP_ALIVE, OptionValue.ofDuration("5m")),
                OptionRule.pinned(ModelOption.THINK, OptionValue.ofFlag(false)),
                OptionRule.pinned(ModelOption.TEMPERATURE, OptionValue.ofNumber("0.70"))),
            false),
        options(
            """
            {
              "temperature": 0.70, "think": false, "keep_alive": "5m", "reload": false,
              "num_predict": {"default": 512, "min": 1, "max": null}, "num_ctx": {"max": 8192}
            }
            """));
    assertEquals(
        List.of(
            OptionRule.pinned(ModelOption.USE_MMAP, OptionValue.ofFlag(true)),
            OptionRule.pinned(ModelOption.NUM_PREDICT, OptionValue.ofNumber("-1")),
            OptionRule.pinned(ModelOption.KEEP_ALIVE, OptionValue.ofSeconds("-1")),
            OptionRule.pinned(ModelOption.THINK, OptionValue.ofLevel("high"))),
        options(
                "{\"use_mmap\": true, \"num_predict\": -1, \"keep_alive\": -1, \"think\":"
                    + " \"high\"}")
            .rules());
  }

  @Test
  void everyOptionHasAName() {
    List<String> names = new ArrayList<>(ModelOption.labels());
    names.add("reload");
    assertEquals(names, Section.KEY_OPTIONS.names());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"options\": →[] | | expected an object in { }, found a list",
        "\"options\": {→\"num_ctxx\": 1} | .num_ctxx | did you mean \"num_ctx\"?",
        "\"options\": {→\"keepalive\": 1} | .keepalive | did you mean \"keep_alive\"?",
        "\"options\": {\"num_ctx\": 1, →\"num_ctx\": 2} | .num_ctx | this is set twice",
        "\"options\": {\"num_ctx\": {→\"maximum\": 1}} | .num_ctx.maximum | unknown setting",
        "\"options\": {\"num_ctx\": {→\"mx\": 1}} | .num_ctx.mx | did you mean \"max\"?",
        "\"options\": {\"num_ctx\": →{}} | .num_ctx | expected \"min\", \"max\" or \"default\"",
        "\"options\": {\"num_ctx\": →\"8192\"} | .num_ctx | write 8192 without quotes",
        "\"options\": {\"num_ctx\": →8192.5} | .num_ctx | without a fraction",
        "\"options\": {\"num_ctx\": →1e3} | .num_ctx | without an exponent",
        "\"options\": {\"num_ctx\": →9999999999} | .num_ctx | to 2147483647, found 9999999999",
        "\"options\": {\"num_ctx\": →true} | .num_ctx | found true",
        "\"options\": {\"num_ctx\": →[1]} | .num_ctx | found a list",
        "\"options\": {\"num_ctx\": {\"max\": →\"x\"}} | .num_ctx.max | expected a whole number",
        "\"options\": {\"num_ctx\": {\"min\": 2, \"max\": →1}} | .num_ctx.max | below \"min\"",
        "\"options\": {\"num_ctx\": {\"min\": 2, \"default\": →1}} | .num_ctx.default | below"
            + " \"min\"",
        "\"options\": {\"num_ctx\": {\"default\": →3, \"max\": 2}} | .num_ctx.default | above"
            + " \"max\"",
        "\"options\": {\"num_predict\": {\"default\": →-1, \"max\": 2}} | .num_predict.default"
            + " | above \"max\" (below 1 there is no bound)",
        "\"options\": {\"num_predict\": {\"max\": →0}} | .num_predict.max | from 1 to",
        "\"options\": {\"keep_alive\": →\"5\"} | .keep_alive | expected seconds, or a duration",
        "\"options\": {\"keep_alive\": →true} | .keep_alive | expected seconds, or a duration",
        "\"options\": {\"keep_alive\": →1e999} | .keep_alive | expected seconds, or a duration",
        "\"options\": {\"keep_alive\": {\"max\": \"1h\", \"default\": →-1}} | .keep_alive.default"
            + " | above \"max\"",
        "\"options\": {\"keep_alive\": {\"min\": 61, \"max\": →\"1m\"}} | .keep_alive.max"
            + " | below \"min\"",
        "\"options\": {\"think\": →\"much\"} | .think | \"low\", \"medium\" or \"high\"",
        "\"options\": {\"think\": →1} | .think | \"low\", \"medium\" or \"high\", found a number",
        "\"options\": {\"think\": {\"max\": →\"low\"}} | .think.max | no value of think is above",
        "\"options\": {\"use_mmap\": →\"true\"} | .use_mmap | write it without quotes",
        "\"options\": {\"use_mmap\": {\"min\": →true}} | .use_mmap.min | no value of use_mmap is",
        "\"options\": {\"temperature\": →\"1\"} | .temperature | expected a number, found a text",
        "\"options\": {\"reload\": →0} | .reload | expected true or false",
      })
  void whatCannotBeHeldIsToldWithItsPlace(String member, String path, String message) {
    String suffix = path == null ? "" : path;
    assertProblem(with(entry(member)), "apiKeys[0].options" + suffix, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"num_ctx\": {\"min\": 1, \"max\": 1, \"default\": 1}}",
        "{\"num_ctx\": {\"max\": null}}",
        "{\"num_ctx\": null, \"reload\": null, \"seed\": {\"min\": null, \"max\": 7}}",
        "{\"keep_alive\": {\"min\": 0, \"max\": \"1h\"}, \"think\": {\"default\": \"low\"}}",
      })
  void theSchemaTakesWhatTheLoaderTakes(String options) throws Exception {
    String json = with(entry("\"options\": " + options));
    assertEquals(List.of(), new Schema().complaints(json));
    assertEquals(1, config(json).apiKeys().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"num_ct\": 1}",
        "{\"num_ctx\": []}",
        "{\"num_ctx\": {}}",
        "{\"num_ctx\": {\"most\": 1}}",
        "{\"num_ctx\": {\"max\": true}}",
        "{\"reload\": 1}",
      })
  void theSchemaRefusesWhatTheLoaderRefuses(String options) throws Exception {
    String json = with(entry("\"options\": " + options));
    assertEquals(false, new Schema().complaints(json).isEmpty());
    SettingsFile.refused(json);
  }

  private static OptionsPolicy options(String json) {
    return config(with(entry("\"options\": " + json))).apiKeys().getFirst().options();
  }

  private static Optional<OptionValue> value(String number) {
    return Optional.of(OptionValue.ofNumber(number));
  }

  private static String entry(String member) {
    String digest = ApiKey.ofPlain("a", "secret", false).sha256();
    return "\"apiKeys\": [{\"name\": \"a\", \"sha256\": \"" + digest + "\", " + member + "}]";
  }
}
