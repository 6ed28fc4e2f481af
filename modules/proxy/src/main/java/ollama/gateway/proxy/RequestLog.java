package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.List;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.tracing.Span;

/** Where finished requests are told; called on event loops, so it must neither block nor throw. */
public interface RequestLog {

  /**
   * A request has ended at its client.
   *
   * @param id follows the request through logs and servers
   * @param client who asked
   * @param method as the client sent it
   * @param path without the query and without any key
   * @param server who was asked
   * @param answer what came of it
   * @param work what it took
   */
  record Entry(
      String id,
      Client client,
      String method,
      String path,
      Server server,
      Answer answer,
      Work work) {}

  /**
   * What a request took.
   *
   * @param route the pattern of its route
   * @param modelAsked the model that is asked for, by its whole name; empty where that isn't known
   *     and of what runs none
   * @param modelServed the one that answered, or that the client left before; else empty
   * @param tokens what that read and wrote, as it is accounted; all 0 where there is none
   * @param waitedNanos how long it stood in the line
   * @param firstTokenNanos from the head's end to the first token of a stream; {@link
   *     ModelWork#UNKNOWN} where it was none
   */
  record Work(
      String route,
      String modelAsked,
      String modelServed,
      ModelWork.Tokens tokens,
      long waitedNanos,
      long firstTokenNanos) {}

  /**
   * Who asked.
   *
   * @param address the client's address
   * @param key the name of the key it came with; empty without a valid one
   * @param version of HTTP, such as {@code HTTP/1.1}
   * @param referer the site that it says it comes from, without a path, which may hold a key; empty
   *     if it says nothing or that isn't wanted
   * @param agent what it says it is, any text; empty if nothing or that isn't wanted
   */
  record Client(String address, String key, String version, String referer, String agent) {}

  /**
   * Who was asked.
   *
   * @param address the server that answered or was tried last; empty if none was
   * @param attempts how many servers were tried
   */
  record Server(String address, int attempts) {}

  /**
   * What came of it.
   *
   * @param status what the client got; 499 when it left before the end, 502 when the server broke
   *     off in mid-answer, and that of an error which ended a stream behind a sign of life,
   *     whatever the answer's first line had said
   * @param bodyBytes payload sent to the client
   * @param firstByteNanos from the head's end to the answer's beginning; {@link ModelWork#UNKNOWN}
   *     where none was begun
   * @param durationNanos from the head's end to the answer's end
   * @param note what went wrong in the end; empty if nothing did
   */
  record Answer(int status, long bodyBytes, long firstByteNanos, long durationNanos, String note) {}

  /**
   * A request was refused by a limit; {@link #finished} follows as for any other.
   *
   * @param client whose it was
   * @param reason the name of the limit, a constant
   * @param why for people
   */
  default void refused(InetAddress client, String reason, String why) {}

  /**
   * A server failed a request, which may yet be answered by another; told whether entries are
   * wanted or not.
   *
   * @param failure the kind of failure, a constant
   * @param server its address
   * @param route the pattern of the request's route
   * @param id as in {@link Entry}; the client has it too
   * @param why for people
   */
  default void serverFailed(String failure, String server, String route, String id, String why) {}

  /**
   * The gateway itself couldn't do what a request asked for.
   *
   * @param what wasn't done
   * @param id as in {@link Entry}; the client has it too
   * @param why for people
   */
  default void notDone(String what, String id, String why) {}

  /** Whether entries are wanted at all now: building them costs. */
  boolean enabled();

  /** Whether what a client says of itself is wanted in them. */
  default boolean wantsAgent() {
    return false;
  }

  /**
   * Whether an entry is wanted now of a request that no server was asked for: a client, also one
   * without a key, can make as many of those as it likes. One that isn't wanted is counted.
   *
   * @param kind its status and route, a constant
   */
  default boolean admits(String kind) {
    return true;
  }

  /** Takes an entry. */
  void finished(Entry entry);

  /**
   * Takes what there is to tell of a request that is traced.
   *
   * @param spans the request's own first
   * @param hasKey whether it came with a right key: anybody can make any number of others
   */
  default void traced(List<Span> spans, boolean hasKey) {}
}
