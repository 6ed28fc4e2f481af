package ollama.gateway.app.testing;

import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import wiremock.com.fasterxml.jackson.core.JsonProcessingException;

/** The routes of an {@link OllamaLike}. */
final class OllamaAnswers {

  private static final String BUSY =
      "server busy, please try again.  maximum pending requests exceeded";
  private static final double NANOS = 1e9;

  private final OllamaTraits traits;
  private final OllamaScheduler scheduler;

  OllamaAnswers(OllamaTraits traits, OllamaScheduler scheduler) {
    this.traits = traits;
    this.scheduler = scheduler;
  }

  void answer(Call call, OllamaConnection connection) throws IOException {
    scheduler.await(() -> true, connection::isGone);
    switch (call.target()) {
      case "/" -> root(call);
      case "/api/version" -> call.respond(200, "{\"version\":\"0.33.0\"}");
      case "/api/tags" -> call.respond(200, tags());
      case "/api/ps" -> ps(call, connection);
      case "/api/show" -> show(call);
      case "/api/chat" -> ask(call, connection, OllamaAsk.Form.CHAT);
      case "/api/generate" -> ask(call, connection, OllamaAsk.Form.GENERATE);
      case "/v1/chat/completions" -> ask(call, connection, OllamaAsk.Form.V1_CHAT);
      default -> call.respond(404, "404 page not found");
    }
  }

  private static void root(Call call) throws IOException {
    String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 17\r\n\r\n";
    Call _ = call.send(call.method().equals("HEAD") ? head : head + "Ollama is running");
  }

  private String tags() {
    return traits.models.stream()
        .map(OllamaAnswers::entry)
        .map(entry -> "{" + entry + ",\"modified_at\":\"2026-01-01T00:00:00Z\"}")
        .collect(Collectors.joining(",", "{\"models\":[", "]}"));
  }

  private void ps(Call call, OllamaConnection connection) throws IOException {
    if (traits.psHangsWhileLoading) {
      scheduler.await(() -> !scheduler.isLoading(), connection::isGone);
    }
    scheduler.change(() -> scheduler.counts.lists++);
    call.respond(
        200,
        scheduler.loaded().stream()
            .map(OllamaAnswers::loaded)
            .collect(Collectors.joining(",", "{\"models\":[", "]}")));
  }

  private static String loaded(OllamaRunner runner) {
    Instant expires = Instant.now().plusNanos(runner.expiresNanos - System.nanoTime());
    return "{%s,\"expires_at\":\"%s\",\"size_vram\":1000,\"context_length\":%d}"
        .formatted(entry(runner.model), expires, runner.numCtx);
  }

  private static String entry(String name) {
    String model = OllamaAsk.quoted(OllamaAsk.canonical(name));
    return "\"name\":%s,\"model\":%s,\"size\":1000,\"digest\":\"%064x\",\"details\":{}"
        .formatted(model, model, model.hashCode() & 0xffffffffL);
  }

  private void show(Call call) throws IOException {
    String model = OllamaAsk.json(call.body()).path("model").asText();
    if (has(model)) {
      call.respond(200, "{\"details\":{},\"model_info\":{},\"capabilities\":[\"completion\"]}");
    } else {
      fail(call, OllamaAsk.Form.CHAT, 404, "model '" + model + "' not found");
    }
  }

  private boolean has(String model) {
    String name = OllamaAsk.canonical(model);
    return traits.models.stream().map(OllamaAsk::canonical).anyMatch(name::equals);
  }

  private static void fail(Call call, OllamaAsk.Form form, int status, String message)
      throws IOException {
    String text = OllamaAsk.quoted(message);
    String type = status == 404 ? "not_found_error" : "api_error";
    call.respond(
        status,
        form == OllamaAsk.Form.V1_CHAT
            ? "{\"error\":{\"message\":%s,\"type\":\"%s\",\"param\":null,\"code\":null}}"
                .formatted(text, type)
            : "{\"error\":" + text + "}");
  }

  private void ask(Call call, OllamaConnection connection, OllamaAsk.Form form) throws IOException {
    OllamaAsk ask;
    try {
      ask = OllamaAsk.read(form, call.body());
    } catch (JsonProcessingException e) {
      fail(call, form, 400, "unexpected EOF");
      return;
    }
    if (!has(ask.said())) {
      fail(call, form, 404, "model '" + ask.said() + "' not found");
      return;
    }
    boolean unloads = ask.prompt().isEmpty() && ask.keepAliveNanos().orElse(1) == 0;
    if (unloads) {
      scheduler.unload(ask.model());
      call.respond(200, end(ask, "\"done_reason\":\"unload\""));
      return;
    }
    OllamaJob job = new OllamaJob(ask, connection::isGone, System.nanoTime());
    if (!scheduler.enter(job)) {
      fail(call, form, 503, BUSY);
      return;
    }
    String last = "";
    try {
      scheduler.awaitModel(job);
      if (ask.prompt().isEmpty()) {
        last = end(ask, "\"done_reason\":\"load\"");
      } else {
        scheduler.awaitSlot(job);
        last = write(call, job);
      }
    } finally {
      scheduler.leave(job, !last.isEmpty());
    }
    // Only now, so that whoever has the answer finds the slot free.
    if (ask.streamed() && !ask.prompt().isEmpty()) {
      Call _ = call.send(last + Bytes.LAST_CHUNK);
    } else {
      call.respond(200, last);
    }
  }

  /** Reads the prompt and writes the answer; gives what is to be sent at its end. */
  private String write(Call call, OllamaJob job) throws IOException {
    OllamaAsk ask = job.ask;
    int fresh = OllamaAsk.tokens(ask.prompt()) - job.cachedTokens;
    scheduler.work(job, job.startedNanos + nanos(fresh / traits.promptTokensPerSecond));
    job.readNanos = System.nanoTime();
    StringBuilder answer = new StringBuilder();
    for (int i = 1; i <= ask.tokens(); i++) {
      scheduler.work(job, job.readNanos + nanos(i / traits.tokensPerSecond));
      if (i == ask.tokens()) {
        scheduler.awaitRelease(job);
      }
      if (ask.streamed()) {
        String line = line(ask, i == 1, " " + traits.name);
        Call _ = call.send(i == 1 ? streamHead(ask.form()) + line : line);
      }
      answer.append(' ').append(traits.name);
    }
    String numbers = "\"done_reason\":\"length\"," + job.numbers(traits.factor);
    scheduler.keep(job, ask.after(answer.toString()));
    return ask.streamed() ? lastLine(ask, numbers) : whole(ask, answer.toString(), numbers);
  }

  private static long nanos(double seconds) {
    return (long) (seconds * NANOS);
  }

  private static String streamHead(OllamaAsk.Form form) {
    return form == OllamaAsk.Form.V1_CHAT
        ? Bytes.STREAM_HEAD.replace("application/x-ndjson", "text/event-stream")
        : Bytes.STREAM_HEAD;
  }

  private static String line(OllamaAsk ask, boolean first, String token) {
    String text = OllamaAsk.quoted(token);
    if (ask.form() == OllamaAsk.Form.V1_CHAT) {
      String role = first ? "\"role\":\"assistant\"," : "";
      return event(ask, "{" + role + "\"content\":" + text + "}", "null");
    }
    return Bytes.chunk(begin(ask) + content(ask, token) + ",\"done\":false}\n");
  }

  private static String lastLine(OllamaAsk ask, String numbers) {
    return ask.form() == OllamaAsk.Form.V1_CHAT
        ? event(ask, "{}", "\"length\"") + Bytes.chunk("data: [DONE]\n\n")
        : Bytes.chunk(end(ask, numbers) + "\n");
  }

  private static String event(OllamaAsk ask, String delta, String reason) {
    String choice = "{\"index\":0,\"delta\":%s,\"finish_reason\":%s}".formatted(delta, reason);
    return Bytes.chunk("data: " + v1(ask, "chat.completion.chunk", choice) + "}\n\n");
  }

  private static String whole(OllamaAsk ask, String answer, String numbers) {
    if (ask.form() != OllamaAsk.Form.V1_CHAT) {
      return begin(ask) + content(ask, answer) + ",\"done\":true," + numbers + "}";
    }
    String choice =
        "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":%s},"
                .formatted(OllamaAsk.quoted(answer))
            + "\"finish_reason\":\"length\"}";
    int prompt = OllamaAsk.tokens(ask.prompt());
    return v1(ask, "chat.completion", choice)
        + ",\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}"
            .formatted(prompt, ask.tokens(), prompt + ask.tokens());
  }

  private static String v1(OllamaAsk ask, String object, String choice) {
    return String.format(
        Locale.ROOT,
        "{\"id\":\"chatcmpl-1\",\"object\":\"%s\",\"created\":%d,\"model\":%s,\"choices\":[%s]",
        object,
        TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()),
        OllamaAsk.quoted(ask.said()),
        choice);
  }

  private static String begin(OllamaAsk ask) {
    return "{\"model\":%s,\"created_at\":\"%s\","
        .formatted(OllamaAsk.quoted(ask.said()), Instant.now());
  }

  private static String content(OllamaAsk ask, String text) {
    String quoted = OllamaAsk.quoted(text);
    return ask.form() == OllamaAsk.Form.GENERATE
        ? "\"response\":" + quoted
        : "\"message\":{\"role\":\"assistant\",\"content\":" + quoted + "}";
  }

  /** The last object of a native answer, without text. */
  private static String end(OllamaAsk ask, String members) {
    return begin(ask) + content(ask, "") + ",\"done\":true," + members + "}";
  }
}
