package ollama.gateway.demo;

/** How the three APIs put an error. */
enum ErrorShape {
  /** Ollama's own. */
  NATIVE {
    @Override
    Json body(int status, String message) {
      return Json.object().put("error", message);
    }
  },
  /** OpenAI's, under {@code /v1}. */
  OPENAI {
    @Override
    Json body(int status, String message) {
      Json error = Json.object().put("message", message).put("type", type(status));
      return Json.object().put("error", error.putNull("param", "code"));
    }
  },
  /** Anthropic's, for {@code /v1/messages}. */
  ANTHROPIC {
    @Override
    Json body(int status, String message) {
      Json error = Json.object().put("type", type(status)).put("message", message);
      return Json.object()
          .put("type", "error")
          .put("error", error)
          .put("request_id", Ids.hex("req_"));
    }
  };

  abstract Json body(int status, String message);

  private static String type(int status) {
    return switch (status) {
      case 400 -> "invalid_request_error";
      case 404 -> "not_found_error";
      default -> "api_error";
    };
  }
}
