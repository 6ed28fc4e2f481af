package ollama.gateway.http.wire;

import static ollama.gateway.http.wire.Rule.*;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import ollama.gateway.http.testing.Bytes;

/** Which side can break which rule, and how: whole messages, as they come on a connection. */
public final class RuleExamples {

  /** Rules that only servers can break. */
  private static final Set<Rule> OF_SERVERS =
      EnumSet.of(STATUS_LINE, SWITCHING_PROTOCOLS, TOO_MANY_INTERIM);

  /** Rules that only clients can break. */
  private static final Set<Rule> OF_CLIENTS =
      EnumSet.of(
          PROXY_HEADER,
          NOT_TLS,
          REQUEST_LINE,
          METHOD,
          METHOD_TOO_LONG,
          TARGET_FORM,
          TARGET_NOT_ASCII,
          TARGET_DOT_SEGMENT,
          TARGET_FRAGMENT,
          TARGET_AUTHORITY,
          TARGET_ASTERISK,
          CONNECT,
          HOST_MISSING,
          HOST_TWICE,
          HOST_INVALID,
          MAX_FORWARDS,
          EXPECTATION_UNKNOWN,
          TARGET_TOO_LONG,
          HEADS_TOO_LARGE,
          BODY_TOO_LARGE,
          HEAD_TOO_SLOW,
          BODY_TOO_SLOW);

  /** All that a client is refused for; one that cuts its request off has left instead. */
  public static final Set<Rule> OF_REQUESTS =
      without(EnumSet.complementOf(EnumSet.copyOf(OF_SERVERS)), TRUNCATED);

  /** All that a server's answer is refused for. */
  public static final Set<Rule> OF_RESPONSES = EnumSet.complementOf(EnumSet.copyOf(OF_CLIENTS));

  /** Rules that no parser judges, because they are about time or settings. */
  private static final List<Example> SLOW_OR_LARGE =
      List.of(
          of(NOT_TLS, "a request", "GET / HTTP/1.1\nHost: a\n\n"),
          of(NOT_TLS, "an empty line", "\n"),
          of(NOT_TLS, "a record that begins nothing", "\27\3\3\0\1a"),
          of(HEADS_TOO_LARGE, "of all", "GET / HTTP/1.1\nX: " + "a".repeat(20_000) + "\n\n"),
          of(HEAD_TOO_SLOW, "half a line", "GET / HT"),
          of(HEAD_TOO_SLOW, "no empty line", "GET / HTTP/1.1\nHost: a\n"),
          of(BODY_TOO_SLOW, "no body", "POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\n"),
          of(BODY_TOO_SLOW, "half", "POST / HTTP/1.1\nHost: a\nContent-Length: 4\n\nab"),
          of(
              BODY_TOO_SLOW,
              "no last chunk",
              "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1\na\n"),
          of(BODY_TOO_LARGE, "as said", "POST / HTTP/1.1\nHost: a\nContent-Length: 11\n\n"),
          of(
              BODY_TOO_LARGE,
              "as it comes",
              "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nb\n0123456789a\n"));

  private static final List<Example> INTERIM =
      List.of(
          of(TOO_MANY_INTERIM, "of one kind", "HTTP/1.1 103 Early Hints\n\n".repeat(17)),
          of(TOO_MANY_INTERIM, "continue", "HTTP/1.1 100 Continue\n\n".repeat(17)));

  private RuleExamples() {}

  /** Requests that break it. */
  public static List<Example> ofRequests(Rule rule) {
    String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    return of(rule, Stream.of(BadProxyHeaders.ALL, BadRequests.ALL, SLOW_OR_LARGE), head);
  }

  /** Answers that break it, some of them by the end of the connection behind them. */
  public static List<Example> ofResponses(Rule rule) {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    return of(rule, Stream.of(BadResponses.ALL, INTERIM), head);
  }

  private static List<Example> of(Rule rule, Stream<List<Example>> lists, String head) {
    Stream<Example> bodies =
        Stream.of(BadBodies.ALL, BadBodies.CUT)
            .flatMap(List::stream)
            .map(bad -> new Example(bad.rule(), bad.what(), head + bad.bytes()));
    return Stream.concat(lists.flatMap(List::stream), bodies)
        .filter(bad -> bad.rule() == rule)
        .toList();
  }

  private static Example of(Rule rule, String what, String textBlock) {
    return new Example(rule, what, Bytes.crlf(textBlock));
  }

  private static Set<Rule> without(Set<Rule> rules, Rule one) {
    rules.remove(one);
    return rules;
  }
}
