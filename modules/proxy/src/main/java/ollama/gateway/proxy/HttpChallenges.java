package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.http.message.RequestHead;

/**
 * What an authority that looks whether a host leads here is answered (http-01, RFC 8555 section
 * 8.3). From any thread.
 */
public final class HttpChallenges {

  private static final String FOLDER = "/.well-known/acme-challenge/";

  private final Map<String, String> open = new ConcurrentHashMap<>();

  /** None is open yet. */
  public HttpChallenges() {}

  /**
   * Answers from now on.
   *
   * @param token what the path ends with
   * @param authorization what is answered to it
   */
  public void open(String token, String authorization) {
    open.put(token, authorization);
  }

  /** Doesn't any more. */
  public void close(String token) {
    open.remove(token);
  }

  /** What is answered; empty for whatever is no challenge, or none that is open. */
  Optional<Plan> plan(RequestHead head) {
    if (open.isEmpty() || !head.target().startsWith(FOLDER)) {
      return Optional.empty();
    }
    return Optional.ofNullable(open.get(head.target().substring(FOLDER.length())))
        .map(text -> text.getBytes(StandardCharsets.US_ASCII))
        .map(
            body ->
                new OwnPlan(
                    OwnEndpoint.Methods.READ,
                    call -> Answers.ok(call, "application/octet-stream", body)));
  }
}
