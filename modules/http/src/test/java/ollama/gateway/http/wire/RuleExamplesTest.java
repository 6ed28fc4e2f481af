package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No rule is without a test: those of each side run over these tables. */
final class RuleExamplesTest {

  @Test
  void everyRuleIsOneOfRequestsOrOfResponses() {
    Set<Rule> tested = EnumSet.copyOf(RuleExamples.OF_REQUESTS);
    tested.addAll(RuleExamples.OF_RESPONSES);

    assertEquals(EnumSet.allOf(Rule.class), tested);
  }

  @Test
  void everyRuleHasAnExampleForEachSideThatCanBreakIt() {
    assertEquals(Set.of(), missing(RuleExamples.OF_REQUESTS, RuleExamples::ofRequests));
    assertEquals(Set.of(), missing(RuleExamples.OF_RESPONSES, RuleExamples::ofResponses));
  }

  @Test
  void noExampleIsLeftOut() {
    Set<Rule> notOfRequests = EnumSet.complementOf(EnumSet.copyOf(RuleExamples.OF_REQUESTS));
    notOfRequests.remove(Rule.TRUNCATED);
    Set<Rule> notOfResponses = EnumSet.complementOf(EnumSet.copyOf(RuleExamples.OF_RESPONSES));

    assertEquals(notOfRequests, missing(notOfRequests, RuleExamples::ofRequests));
    assertEquals(notOfResponses, missing(notOfResponses, RuleExamples::ofResponses));
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void isRefusedByAnErrorOfTheClientOrSomethingNotToBeHad(Rule rule) {
    assertTrue(
        rule.status() / 100 == 4 || Set.of(501, 503, 505).contains(rule.status()), rule.toString());
    assertEquals(rule.name(), rule.reason().toUpperCase(Locale.ROOT));
    // It is written into JSON as it is.
    assertTrue(rule.text().matches("[^\"\\\\\\p{Cntrl}]+"), rule.text());
  }

  @Test
  void noTwoRulesSayTheSame() {
    Set<String> texts = new HashSet<>();
    for (Rule rule : Rule.values()) {
      assertTrue(texts.add(rule.text()), rule.text());
    }
  }

  private static Set<Rule> missing(Set<Rule> rules, Function<Rule, List<Example>> examples) {
    return rules.stream()
        .filter(rule -> examples.apply(rule).isEmpty())
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
  }
}
