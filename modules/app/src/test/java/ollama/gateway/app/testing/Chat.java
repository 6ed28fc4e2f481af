package ollama.gateway.app.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A request of {@code /api/chat}.
 *
 * @param model whom it asks
 * @param tokens how many are to be written
 * @param streamed whether each is sent when it is there
 * @param messages what was said so far, in turn by the user and by the model
 */
public record Chat(String model, int tokens, boolean streamed, List<String> messages) {

  /** One of a single message, answered whole. */
  public static Chat of(String model, int tokens, String message) {
    return new Chat(model, tokens, false, List.of(message));
  }

  /** The next turn of the conversation. */
  public Chat then(Answer answer, String message) {
    List<String> next = new ArrayList<>(messages);
    next.add(content(answer));
    next.add(message);
    return new Chat(model, tokens, streamed, next);
  }

  /** What the model said in an answer that came whole. */
  public static String content(Answer answer) {
    String name = "\"content\":\"";
    String text = answer.text();
    int start = text.indexOf(name) + name.length();
    return text.substring(start, text.indexOf('"', start));
  }

  /** The body. */
  public String json() {
    List<String> said = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      String role = i % 2 == 0 ? "user" : "assistant";
      said.add("{\"role\":\"%s\",\"content\":\"%s\"}".formatted(role, messages.get(i)));
    }
    return "{\"model\":\"%s\",\"stream\":%b,\"options\":{\"num_predict\":%d},\"messages\":%s}"
        .formatted(
            model, streamed, tokens, said.stream().collect(Collectors.joining(",", "[", "]")));
  }

  /** The whole request, with the administrator's key. */
  public String request() {
    return TestGateway.postOf("/api/chat", json());
  }

  /** The whole request with another key. */
  public String request(String key) {
    return request().replace(TestGateway.AUTH, "Authorization: Bearer " + key + "\r\n");
  }
}
