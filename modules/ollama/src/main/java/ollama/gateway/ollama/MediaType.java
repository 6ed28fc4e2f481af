package ollama.gateway.ollama;

/** The types of bodies, as they stand in {@code Content-Type}. */
public final class MediaType {

  /** One object or list. */
  public static final String JSON = "application/json; charset=utf-8";

  /** A stream of objects, each on a line of its own. */
  public static final String LINES = "application/x-ndjson";

  /** A stream of server-sent events. */
  public static final String EVENTS = "text/event-stream";

  /** Words for people. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private MediaType() {}
}
