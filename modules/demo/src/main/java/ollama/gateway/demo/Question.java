package ollama.gateway.demo;

/**
 * What the model shall do.
 *
 * @param model the model's name as it was asked for, which the answer repeats
 * @param promptTokens words of the prompt
 * @param words how many words the answer has
 * @param cut whether the client's bound ends the answer, and not the answer itself
 * @param wordsMax the client's bound, 0 for none
 * @param includeUsage whether a stream shall end with the numbers
 */
record Question(
    String model, int promptTokens, int words, boolean cut, int wordsMax, boolean includeUsage) {

  /** Of an answer that goes on until the client's bound. */
  private static final int WORDS_MAX = 100_000;

  static Question of(RequestJson json) {
    int bound = json.wordsMax();
    int own = json.ignoreEnd() && bound > 0 ? WORDS_MAX : CannedText.size();
    boolean cut = bound > 0 && bound < own;
    return new Question(
        json.model(), json.prompt().tokens(), cut ? bound : own, cut, bound, json.includeUsage());
  }
}
