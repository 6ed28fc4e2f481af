package ollama.gateway.proxy;

import java.util.Optional;

/**
 * What one of several servers said to a request in the end.
 *
 * @param status of its answer; 0 where it has none
 * @param contentType of its answer
 * @param body of its answer, but for the lines that were passed on as they came
 * @param failure in which way it failed, if it did
 * @param why for the log
 */
record Said(
    int status, Optional<String> contentType, String body, Optional<Failure> failure, String why) {

  static Said failed(Failure failure, String why) {
    return new Said(0, Optional.empty(), "", Optional.of(failure), why);
  }

  static Said answered(int status, Optional<String> contentType, String body) {
    return new Said(status, contentType, body, Optional.empty(), "");
  }
}
