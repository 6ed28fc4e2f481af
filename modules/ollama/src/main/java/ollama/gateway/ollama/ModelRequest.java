package ollama.gateway.ollama;

import java.util.List;
import java.util.Optional;

/**
 * What the JSON body of a request says, read as Ollama reads it, or as much as its beginning says.
 *
 * <p>Ollama reads with Go's {@code encoding/json}: {@code "Model"} is {@code "model"}, and of two
 * the last counts. So what a body that isn't whole says of the model may still be changed by what
 * follows: who decides by it what a client may do, decides by a {@link State#WHOLE} body alone.
 * What follows a whole object is never read, by Ollama neither.
 *
 * @param state how much of the body this is
 * @param names the models' names, as the client wrote them
 * @param isStreamed whether the answer comes in pieces: as the body says, else as the route does
 * @param loadOptions with which the model has to be loaded
 * @param keepAlive how long it is to stay so
 * @param prompt what it is to read
 */
public record ModelRequest(
    State state,
    Names names,
    boolean isStreamed,
    LoadOptions loadOptions,
    KeepAlive keepAlive,
    Prompt prompt) {

  /** How much of a body was read. */
  public enum State {
    /** All of it. */
    WHOLE,
    /** Its beginning, and that was JSON. */
    PARTIAL,
    /** Ollama takes it for no JSON object; nothing of it counts. */
    BROKEN
  }

  /**
   * The models a request is about, each as the client wrote it, or empty.
   *
   * @param model {@code model}, or the older {@code name} where a route knows that
   * @param source what is copied
   * @param destination where it is copied to
   * @param from what is made into another
   * @param isAmbiguous whether one of them stands there twice, in whatever case and with whatever
   *     value, or both {@code model} and {@code name}; an empty one of these two says nothing, and
   *     Ollama's own client always sends it. Ollama doesn't read such a body in one way: where it
   *     looks whether a model is one of ollama.com's, only a member counts that is written {@code
   *     model}, though a later {@code "Model": ""} has taken its place everywhere else
   */
  public record Names(
      String model, String source, String destination, String from, boolean isAmbiguous) {
    /** No name. */
    public static final Names NONE = new Names("", "", "", "", false);

    /** How many characters there are in all. */
    public int length() {
      return model.length() + source.length() + destination.length() + from.length();
    }
  }

  /**
   * Reads a body, in a time that grows with its length alone.
   *
   * @param body the bytes, of which the request keeps none
   * @param length how many of them there are
   * @param whole whether no others follow
   */
  public static ModelRequest of(Route route, byte[] body, int length, boolean whole) {
    return new ModelRequestReader(route, body, length).read(whole);
  }

  /**
   * Where a body names its model: with all of these replaced by another name in quotes, Ollama
   * reads the same request about another model. Reads as {@link #of} does.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @return the values with their quotes, in their order; none where no model is named
   */
  public static List<Span> modelPlaces(Route route, byte[] body, int length) {
    return List.copyOf(new ModelRequestReader(route, body, length).readPlaces());
  }

  /**
   * Whether a body has Ollama use its account at ollama.com whatever model it names.
   *
   * @param body the bytes
   * @param length how many of them there are
   */
  public static boolean usesCloud(Route route, byte[] body, int length) {
    return CloudUse.isIn(route, body, length);
  }

  /** The model; empty if there is none, if it may still come, or if its name is no name. */
  public Optional<ModelName> model() {
    return ModelName.of(names.model());
  }

  /** What is copied. */
  public Optional<ModelName> source() {
    return ModelName.of(names.source());
  }

  /** Where it is copied to. */
  public Optional<ModelName> destination() {
    return ModelName.of(names.destination());
  }

  /** What is made into another model. */
  public Optional<ModelName> from() {
    return ModelName.of(names.from());
  }

  /** Whether the body is whole. */
  public boolean isComplete() {
    return state == State.WHOLE;
  }

  /** Whether the model is to be unloaded, and nothing else. */
  public boolean isUnload() {
    return isComplete() && keepAlive == KeepAlive.ZERO && prompt.isEmpty();
  }

  /** Whether a route streams where the body doesn't say. */
  static boolean isStreamedOf(Route route) {
    return switch (route) {
      case GENERATE, CHAT, PULL, PUSH, CREATE -> true;
      default -> false;
    };
  }
}
