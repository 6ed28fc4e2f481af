package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;
import ollama.gateway.ollama.Spoken;

/**
 * The one answer to a request that several servers do. A stream has the lines of all of them as
 * they come, each with the name of its server, and tells of each when it is done or has failed;
 * what isn't streamed is one server's answer where all is done. Otherwise the end says what failed
 * where, what is done, and what is left to do.
 */
final class JointAnswer {

  private static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");
  private static final String SERVER = "server";
  private static final String FAILED = "failed: ";

  private final Call call;
  private final Recorder recorder;
  private final ResponseWriter response;
  private final boolean streams;
  private final boolean forgives;
  private final Map<Upstream, Said> said = new LinkedHashMap<>();

  /** Who has said a last word in its stream: why it failed, or nothing where all is done. */
  private final Map<Upstream, String> lastWords = new HashMap<>();

  /** What failed before the stream began: told in it if it begins. */
  private final List<byte[]> untold = new ArrayList<>();

  JointAnswer(Call call, Recorder recorder, boolean streams, boolean forgives) {
    this.call = call;
    this.recorder = recorder;
    this.response = call.exchange().response();
    this.streams = streams;
    this.forgives = forgives;
  }

  /** A server has said how it gets on. */
  void line(Upstream server, byte[] line) {
    Spoken spoken = Spoken.of(line);
    if (!spoken.isObject()) {
      return;
    }
    if (spoken.error().isPresent()) {
      lastWords.put(server, spoken.error().get());
    } else if (spoken.isSuccess()) {
      // Kept back: to a client it would be the end of all.
      lastWords.putIfAbsent(server, "");
    } else {
      begin();
      write(Spoken.with(line, SERVER, ServerNames.name(server)));
    }
  }

  /** A server has said its last; may be told again. */
  void said(Upstream server, Said last) {
    if (said.put(server, last) != null) {
      return;
    }
    UpstreamTarget target = call.settings().target(server);
    Trace trace = call.trace();
    if (last.failure().isPresent()) {
      call.speaksOf(target);
      recorder.serverFailed(call, last.failure().get(), last.why());
      if (trace != null) {
        trace.failed(target, last.failure().get(), last.why());
      }
    } else if (trace != null) {
      trace.answered(target, last.status());
    }
    if (streams) {
      tell(server, whyFailed(server, last));
    }
  }

  /** Others may go on for an hour. */
  private void tell(Upstream server, Optional<String> whyFailed) {
    String name = ServerNames.name(server);
    // What only says how it ended begins no answer, whose status is that of all of them.
    byte[] line =
        whyFailed.isEmpty()
            ? status(name + ": " + Spoken.SUCCESS)
            : bytes(Json.object().put("status", FAILED + whyFailed.get()).put(SERVER, name));
    if (response.started()) {
      write(line);
    } else {
      untold.add(line);
    }
  }

  /** Sends the client what is here for it. */
  void flush() throws PeerLeftException {
    if (response.started()) {
      response.flush();
    }
  }

  /** All have said their last. */
  Ending end() throws PeerLeftException {
    List<Upstream> done = new ArrayList<>();
    Map<Upstream, String> failed = new LinkedHashMap<>();
    Map<Upstream, String> absent = new LinkedHashMap<>();
    said.forEach(
        (server, last) -> {
          Optional<String> why = whyFailed(server, last);
          if (why.isEmpty()) {
            done.add(server);
          } else {
            (forgives && last.status() == 404 ? absent : failed).put(server, why.get());
          }
        });
    if (done.isEmpty() && failed.isEmpty()) {
      // It is nowhere.
      failed.putAll(absent);
    }
    Writes.renew(call, done);
    if (response.started()) {
      endStream(done, failed);
    } else if (failed.isEmpty()) {
      succeed(done);
    } else {
      Refusal refusal = new Refusal(status(failed), text(done, failed));
      return new RefusePlan(refusal, recorder).run(call);
    }
    return Ending.WHOLE;
  }

  private void endStream(List<Upstream> done, Map<Upstream, String> failed)
      throws PeerLeftException {
    write(
        failed.isEmpty()
            ? status(Spoken.SUCCESS)
            : bytes(Json.object().put("error", text(done, failed))));
    call.settle(false);
    response.end();
  }

  /** The answer of the first that did something. */
  private void succeed(List<Upstream> done) throws PeerLeftException {
    Said best = said(done.getFirst());
    for (Upstream server : done) {
      best = said(server).status() > best.status() ? said(server) : best;
    }
    response.respond(
        best.status(),
        best.body().isEmpty() ? Optional.empty() : best.contentType(),
        best.body().getBytes(StandardCharsets.UTF_8),
        fields -> RelayedHead.gatewayFields(call, fields));
  }

  private Said said(Upstream server) {
    Said last = said.get(server);
    if (last == null) {
      throw new IllegalArgumentException("a server of another request: " + server);
    }
    return last;
  }

  /** Why a server hasn't done it; empty if it has. */
  private Optional<String> whyFailed(Upstream server, Said last) {
    String word = lastWords.get(server);
    if (word != null && !word.isEmpty()) {
      return Optional.of(word);
    }
    if (last.failure().isPresent()) {
      return Optional.of(last.failure().get().words());
    }
    Spoken spoken = Spoken.of(last.body().getBytes(StandardCharsets.UTF_8));
    if (last.status() >= 300 || spoken.error().isPresent()) {
      return Optional.of(spoken.error().orElse("status " + last.status()));
    }
    boolean tells = streams && !spoken.isSuccess() && word == null;
    return tells ? Optional.of("ended its answer without saying success") : Optional.empty();
  }

  /** The worst of all. */
  private int status(Map<Upstream, String> failed) {
    int worst = 400;
    for (Upstream server : failed.keySet()) {
      Said last = said(server);
      int status = last.failure().map(Failure::status).orElse(last.status());
      worst = Math.max(worst, status < 300 ? 500 : status);
    }
    return worst;
  }

  private String text(List<Upstream> done, Map<Upstream, String> failed) {
    List<String> reasons = failed.values().stream().distinct().toList();
    if (failed.size() == said.size() && reasons.size() == 1) {
      // As one server says it, since all say the same.
      return reasons.getFirst();
    }
    StringJoiner text = new StringJoiner("; ");
    failed.forEach((server, why) -> text.add(ServerNames.name(server) + ": " + why));
    String rest = ServerNames.list(List.copyOf(failed.keySet()));
    return text
        + ". Done by "
        + (done.isEmpty() ? "none" : ServerNames.list(done))
        + ". For what is left, send the same request with ?servers="
        + rest;
  }

  private void begin() {
    if (!response.started()) {
      response.start(200, Framing.CHUNKED);
      response.date();
      response.field(CONTENT_TYPE, MediaType.LINES);
      RelayedHead.gatewayFields(call, response);
      response.endHead();
      untold.forEach(this::write);
    }
  }

  private static byte[] status(String status) {
    return bytes(Json.object().put("status", status));
  }

  private static byte[] bytes(Json json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** One line, in one chunk. */
  private void write(byte[] line) {
    byte[] ended = new byte[line.length + 1];
    System.arraycopy(line, 0, ended, 0, line.length);
    ended[line.length] = '\n';
    response.body(ended);
  }
}
