package ollama.gateway.ollama;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Ollama's routes: what a path is for, under which name it is counted, and which shape its errors
 * take.
 */
public enum Route {
  /** Says that a server runs. */
  ROOT("/", Kind.READ, ErrorShape.NATIVE),
  /** The server's version. */
  VERSION("/api/version", Kind.READ, ErrorShape.NATIVE),
  /** The models there are. */
  TAGS("/api/tags", Kind.READ, ErrorShape.NATIVE),
  /** The models that are loaded. */
  PS("/api/ps", Kind.READ, ErrorShape.NATIVE),
  /** Whether cloud features are on. */
  STATUS("/api/status", Kind.READ, ErrorShape.NATIVE),
  /** Completes a prompt. */
  GENERATE("/api/generate", Kind.INFERENCE, ErrorShape.NATIVE),
  /** Answers a conversation. */
  CHAT("/api/chat", Kind.INFERENCE, ErrorShape.NATIVE),
  /** Embeds texts. */
  EMBED("/api/embed", Kind.INFERENCE, ErrorShape.NATIVE),
  /** Embeds one text; the old form. */
  EMBEDDINGS("/api/embeddings", Kind.INFERENCE, ErrorShape.NATIVE),
  /** Fetches a model from a registry. */
  PULL("/api/pull", Kind.MODELS, ErrorShape.NATIVE),
  /** Sends a model to a registry. */
  PUSH("/api/push", Kind.MODELS, ErrorShape.NATIVE),
  /** Makes a model. */
  CREATE("/api/create", Kind.MODELS, ErrorShape.NATIVE),
  /** Copies a model. */
  COPY("/api/copy", Kind.MODELS, ErrorShape.NATIVE),
  /** Describes a model. */
  SHOW("/api/show", Kind.MODELS, ErrorShape.NATIVE),
  /** Deletes a model. */
  DELETE("/api/delete", Kind.MODELS, ErrorShape.NATIVE),
  /** A part of a model, by its digest. */
  BLOB("/api/blobs/:digest", Kind.BLOB, ErrorShape.NATIVE),
  /** OpenAI: the models there are. */
  V1_MODELS("/v1/models", Kind.READ, ErrorShape.OPENAI),
  /** OpenAI: one model. */
  V1_MODEL("/v1/models/:model", Kind.READ, ErrorShape.OPENAI),
  /** OpenAI: answers a conversation. */
  V1_CHAT("/v1/chat/completions", Kind.INFERENCE, ErrorShape.OPENAI),
  /** OpenAI: completes a prompt. */
  V1_COMPLETIONS("/v1/completions", Kind.INFERENCE, ErrorShape.OPENAI),
  /** OpenAI: embeds texts. */
  V1_EMBEDDINGS("/v1/embeddings", Kind.INFERENCE, ErrorShape.OPENAI),
  /** OpenAI: the later form of a conversation. */
  V1_RESPONSES("/v1/responses", Kind.INFERENCE, ErrorShape.OPENAI),
  /** OpenAI: speech to text. */
  V1_TRANSCRIPTIONS("/v1/audio/transcriptions", Kind.INFERENCE, ErrorShape.OPENAI),
  /** Anthropic: answers a conversation. */
  V1_MESSAGES("/v1/messages", Kind.INFERENCE, ErrorShape.ANTHROPIC),
  /** Who the server is signed in as. */
  ME("/api/me", Kind.ACCOUNT, ErrorShape.NATIVE),
  /** Ends that. */
  SIGNOUT("/api/signout", Kind.ACCOUNT, ErrorShape.NATIVE),
  /** A key of the server's at ollama.com. */
  USER_KEY("/api/user/keys/:key", Kind.ACCOUNT, ErrorShape.NATIVE),
  /** Searches the web, and what else is being tried. */
  EXPERIMENTAL("/api/experimental/:name", Kind.ACCOUNT, ErrorShape.NATIVE),
  /** Any other path below {@code /v1/}. */
  V1_OTHER("other", Kind.OTHER, ErrorShape.OPENAI),
  /** Any other path. */
  OTHER("other", Kind.OTHER, ErrorShape.NATIVE);

  /** What a route is for. */
  public enum Kind {
    /** Reads without changing anything. */
    READ,
    /** Runs a model on the body; doing it again changes nothing. */
    INFERENCE,
    /** Looks after models; doing it again may matter. */
    MODELS,
    /** Uploads without a usual bound. */
    BLOB,
    /** Uses the account that a server is signed in with. */
    ACCOUNT,
    /** Not known. */
    OTHER
  }

  private static final String BLOBS = "/api/blobs/";
  private static final String MODELS = "/v1/models/";
  private static final String USER_KEYS = "/api/user/keys/";
  private static final String EXPERIMENTS = "/api/experimental/";
  private static final Map<String, Route> EXACT =
      Arrays.stream(values())
          .filter(route -> route.label.startsWith("/") && !route.label.contains(":"))
          .collect(Collectors.toUnmodifiableMap(route -> route.label, Function.identity()));

  private final String label;
  private final Kind kind;
  private final ErrorShape errors;

  Route(String label, Kind kind, ErrorShape errors) {
    this.label = label;
    this.kind = kind;
    this.errors = errors;
  }

  /**
   * The route of a path.
   *
   * @param path without the query
   */
  public static Route of(String path) {
    Route exact = EXACT.get(path);
    if (exact != null) {
      return exact;
    }
    if (path.startsWith("/v1/")) {
      // A model's name may hold slashes.
      return isBelow(path, MODELS) ? V1_MODEL : V1_OTHER;
    }
    if (isBelow(path, EXPERIMENTS)) {
      return EXPERIMENTAL;
    }
    if (isBelow(path, USER_KEYS)) {
      return USER_KEY;
    }
    boolean blob = isBelow(path, BLOBS) && path.indexOf('/', BLOBS.length()) < 0;
    return blob ? BLOB : OTHER;
  }

  /** The name under which requests are counted: a pattern, never a client's text. */
  public String label() {
    return label;
  }

  /** Whether it has one path alone, so that no part of that is a client's text. */
  public boolean isFixed() {
    return EXACT.containsKey(label);
  }

  /** What it is for. */
  public Kind kind() {
    return kind;
  }

  /** In which group a key may use it; empty for what only those may use that may use all. */
  public Optional<RouteGroup> group() {
    return switch (kind) {
      case READ -> Optional.of(RouteGroup.READ);
      case INFERENCE -> Optional.of(RouteGroup.INFERENCE);
      case MODELS -> Optional.of(this == SHOW ? RouteGroup.READ : RouteGroup.MANAGE);
      case BLOB -> Optional.of(RouteGroup.MANAGE);
      case ACCOUNT -> Optional.of(RouteGroup.ACCOUNT);
      case OTHER -> Optional.empty();
    };
  }

  /** How its errors look. */
  public ErrorShape errors() {
    return errors;
  }

  /** Below it with any number of segments. */
  private static boolean isBelow(String path, String prefix) {
    return path.startsWith(prefix) && path.length() > prefix.length();
  }
}
