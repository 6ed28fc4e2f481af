package ollama.gateway.app.testing;

import java.util.List;

/** What an {@link OllamaLike} has and how fast it is, before it is there. */
public final class OllamaTraits {

  final List<String> models;
  String name = "ollama";
  int slots = 1;
  int maxLoaded = 3;
  int maxQueue = 512;
  long loadMillis = 100;
  double promptTokensPerSecond = 100_000;
  double tokensPerSecond = 1_000;
  int promptsKept = 16;
  long keepAliveMillis = 300_000;
  boolean psHangsWhileLoading;
  int factor = 1;

  OllamaTraits(List<String> models) {
    this.models = models;
  }

  /** Each word of its answers. */
  public OllamaTraits named(String word) {
    name = word;
    return this;
  }

  /** How many requests for a model run at once; 1 unless said. */
  public OllamaTraits slots(int count) {
    slots = count;
    return this;
  }

  /** How many models are loaded at once; 3 unless said. */
  public OllamaTraits maxLoaded(int count) {
    maxLoaded = count;
    return this;
  }

  /** How many requests may need a load at once; 512 unless said. */
  public OllamaTraits maxQueue(int count) {
    maxQueue = count;
    return this;
  }

  /** How long a load takes; 100 unless said. */
  public OllamaTraits loadMillis(long millis) {
    loadMillis = millis;
    return this;
  }

  /** How fast prompts are read, as far as they aren't cached; 100,000 unless said. */
  public OllamaTraits promptTokensPerSecond(double tokens) {
    promptTokensPerSecond = tokens;
    return this;
  }

  /** How fast each answer is written; 1,000 unless said. */
  public OllamaTraits tokensPerSecond(double tokens) {
    tokensPerSecond = tokens;
    return this;
  }

  /** How many prompts a loaded model keeps, those in its slots included; 16 unless said. */
  public OllamaTraits promptsKept(int count) {
    promptsKept = count;
    return this;
  }

  /** How long an idle model stays loaded where the request doesn't say; 5 minutes unless said. */
  public OllamaTraits keepAliveMillis(long millis) {
    keepAliveMillis = millis;
    return this;
  }

  /** Lets {@code /api/ps} wait for the end of a load. */
  public OllamaTraits psHangsWhileLoading() {
    psHangsWhileLoading = true;
    return this;
  }

  /**
   * Lets it say at an answer's end that all took so many times as long, so that a test needn't wait
   * for what the gateway is to learn; 1 unless said.
   */
  public OllamaTraits saysTimes(int times) {
    factor = times;
    return this;
  }

  /** Starts it on a port of its own. */
  public OllamaLike start() {
    return OllamaLike.start(this);
  }
}
