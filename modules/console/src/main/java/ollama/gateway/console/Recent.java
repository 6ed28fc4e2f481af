package ollama.gateway.console;

import ollama.gateway.ollama.Json;

/** What happened last, as the page reads it. */
public final class Recent {

  private Recent() {}

  /** Requests that ended, and ways to fail. */
  public static String json(RecentRequests requests, RecentFailures failures) {
    return Json.object()
        .put("requests", requests.json())
        .put("failures", failures.json())
        .toString();
  }
}
