package ollama.gateway.proxy;

import java.util.Locale;
import ollama.gateway.proxy.RetryPolicy.Progress;

/** In which way a server failed a request; the client is told no more than this. */
enum Failure {
  /** No connection could be made. */
  UNREACHABLE(Progress.NOT_CONNECTED, 503, "could not be reached"),
  /** Its name wasn't looked up in time, so nothing is known of it. */
  NOT_LOOKED_UP(Progress.NOT_CONNECTED, 503, "has a name that was not looked up in time"),
  /** It never told which of its models run elsewhere, and the key may not use those. */
  UNLISTED(Progress.NOT_CONNECTED, 503, "has not told yet which of its models run at ollama.com"),
  /** This process could open no connection, which says nothing about the server. */
  OUT_OF_DESCRIPTORS(Progress.OURS, 503, "was not asked"),
  /** The connection ended without a byte of an answer, while the request was being sent. */
  CLOSED(Progress.NO_RESPONSE, 502, "closed the connection before it answered"),
  /** The same after it had been given the whole request, which may be what killed it. */
  DIED(Progress.NO_RESPONSE, 502, "closed the connection before it answered"),
  /** Nothing came, and its health checks prove that nobody answers there. */
  DEAD(Progress.DEAD, 504, "stopped answering"),
  /** It didn't take the request in time. */
  STALLED(Progress.TIMED_OUT, 504, "stopped taking the request"),
  /** Nothing came in time. */
  SILENT(Progress.TIMED_OUT, 504, "did not answer in time"),
  /** It answered that it hasn't the model. */
  MISSING(Progress.ANSWERED, 404, "hasn't the model"),
  /** It answered that it has too much to do, or is about to end. */
  BUSY(Progress.ANSWERED, 503, "was too busy"),
  /** It answered that a server behind it failed. */
  BROKEN(Progress.ANSWERED, 502, "answered that another server behind it failed"),
  /** A part of an answer came, and then the connection ended or nothing more came. */
  CUT(Progress.RESPONSE_BEGUN, 502, "broke off its answer"),
  /** It answered, but not by the rules of HTTP. */
  MALFORMED(Progress.RESPONSE_BEGUN, 502, "sent a malformed answer");

  private final Progress progress;
  private final int status;
  private final String words;
  private final String logged = "server failures, " + name().toLowerCase(Locale.ROOT);

  Failure(Progress progress, int status, String words) {
    this.progress = progress;
    this.status = status;
    this.words = words;
  }

  /** What an answer with a status of {@link RetryPolicy#mayLead} is. */
  static Failure of(int status) {
    if (RetryPolicy.isMissing(status)) {
      return MISSING;
    }
    return RetryPolicy.isDeath(status) ? BROKEN : BUSY;
  }

  /**
   * Whether it is the server's, of which health checks needn't know: one that fails so again and
   * again is ejected.
   */
  boolean isBlamed() {
    return this == CLOSED || this == DIED || this == CUT || this == MALFORMED;
  }

  /** Why, where a server said so itself. */
  static String byStatus(int status) {
    return "it answered with the status " + status;
  }

  /** How far the attempt got. */
  Progress progress() {
    return progress;
  }

  /** What the client gets if nobody else answers. */
  int status() {
    return status;
  }

  /** What the server did, for people; names no address. */
  String words() {
    return words;
  }

  /** The kind of lines under which the log bounds it. */
  String logged() {
    return logged;
  }
}
