package ollama.gateway.demo;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All that the demo server has to say: that no model runs here, and how to get one. */
final class CannedText {

  private static final String TEXT =
      """
      Hello! This is the demo server of Ollama Gateway. No model runs here: whatever you ask, \
      you get these words, one at a time, as a model would say them. All the rest is real. \
      Your request went through the gateway, which looked at your key, counted it against your \
      limit, chose a server, and hands you every word the moment it is there.

      For real answers, install Ollama, pull a model, and name that server in "ollamaAddresses" \
      of config.json, for example "http://localhost:11434". Then start the gateway anew (and \
      without --demo), and ask again.\
      """;

  private static final List<String> WORDS = List.of(TEXT.split("(?=[ ](?=\\S))|(?=\\n\\n)"));

  private CannedText() {}

  /** How many words there are. */
  static int size() {
    return WORDS.size();
  }

  /** Word {@code index} with the space before it; after the last comes the first again. */
  static String word(int index) {
    return WORDS.get(index % WORDS.size());
  }

  /** The first {@code count} words. */
  static String text(int count) {
    return IntStream.range(0, count).mapToObj(CannedText::word).collect(Collectors.joining());
  }
}
