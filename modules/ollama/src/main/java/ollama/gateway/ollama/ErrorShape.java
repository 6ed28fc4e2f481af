package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;

/** How an error looks to the clients of a route, so that each shows it as it shows Ollama's own. */
public enum ErrorShape {
  /** {@code {"error":"…"}}. */
  NATIVE {
    @Override
    public String json(int status, String message, String requestId) {
      return "{\"error\":" + Json.quote(message) + "}";
    }
  },
  /** {@code {"error":{"message":…,"type":…,"param":null,"code":null}}}. */
  OPENAI {
    @Override
    public String json(int status, String message, String requestId) {
      return "{\"error\":{\"message\":"
          + Json.quote(message)
          + ",\"type\":"
          + Json.quote(type(status))
          + ",\"param\":null,\"code\":null}}";
    }
  },
  /** {@code {"type":"error","error":{"type":…,"message":…},"request_id":…}}. */
  ANTHROPIC {
    @Override
    public String json(int status, String message, String requestId) {
      return "{\"type\":\"error\",\"error\":{\"type\":"
          + Json.quote(type(status))
          + ",\"message\":"
          + Json.quote(message)
          + "},\"request_id\":"
          + Json.quote("req_" + requestId)
          + "}";
    }
  };

  /**
   * The error as JSON.
   *
   * @param status of the answer
   * @param message for people
   * @param requestId of which Anthropic's clients are told, as {@code req_…}
   */
  public abstract String json(int status, String message, String requestId);

  /** The same as a response's body. */
  public byte[] body(int status, String message, String requestId) {
    return json(status, message, requestId).getBytes(StandardCharsets.UTF_8);
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 429 -> "rate_limit_error";
      default -> status < 500 ? "invalid_request_error" : "api_error";
    };
  }
}
