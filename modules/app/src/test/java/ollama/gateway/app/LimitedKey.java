package ollama.gateway.app;

import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;

/** A key that has options and may do everything else, and requests that carry it. */
final class LimitedKey {

  private static final String KEY = "limited-key";

  private LimitedKey() {}

  /**
   * The settings' list of it and an administrator's.
   *
   * @param members more of its entry, each with a comma behind it; backquotes for quotes
   */
  static String among(String members, String options) {
    return "["
        + TestGateway.entry("admin", TestGateway.KEY, true)
        + quoted(
            ", {`name`: `limited`, `sha256`: `"
                + ApiKey.ofPlain("limited", KEY, false).sha256()
                + "`, `endpoints`: [`inference`, `read`, `manage`, `account`, `cloud`], "
                + members
                + "`options`: "
                + options
                + "}]");
  }

  static String counted(String path, String body) {
    return with(TestGateway.postOf(path, body));
  }

  /** In two chunks. */
  static String chunked(String path, String body) {
    int half = body.length() / 2;
    return with(TestGateway.postHeadOf(path, "Transfer-Encoding: chunked"))
        + Bytes.chunk(body.substring(0, half))
        + Bytes.chunk(body.substring(half))
        + Bytes.LAST_CHUNK;
  }

  /** The same request with this key. */
  static String with(String request) {
    return request.replace(TestGateway.AUTH, "Authorization: Bearer " + KEY + "\r\n");
  }

  static String quoted(String text) {
    return text.replace('`', '"');
  }
}
