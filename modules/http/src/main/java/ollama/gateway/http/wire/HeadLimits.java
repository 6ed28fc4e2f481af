package ollama.gateway.http.wire;

/**
 * Bounds of a message's head.
 *
 * @param headBytes all of the head
 * @param fields field lines
 * @param targetBytes the request target
 */
public record HeadLimits(int headBytes, int fields, int targetBytes) {

  /** 32 KiB, 100 lines, a target of 8 KiB. */
  public static final HeadLimits DEFAULT = new HeadLimits(32 * 1024, 100, 8 * 1024);
}
