package ollama.gateway.app;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.config.TracingConfig;
import ollama.gateway.http.tls.TlsFailure;
import ollama.gateway.metrics.TraceMetrics;
import ollama.gateway.tracing.Attributes;
import ollama.gateway.tracing.Collector;
import ollama.gateway.tracing.HttpPost;
import ollama.gateway.tracing.OtlpJson;
import ollama.gateway.tracing.Post;
import ollama.gateway.tracing.Span;
import ollama.gateway.tracing.SpanExporter;

/** Requests' spans on their way to the collector that the settings name. */
final class Traces implements AutoCloseable {

  private static final String NAME = "ollama-gateway";

  private final SpanExporter exporter;

  /**
   * Of nobody yet.
   *
   * @param metrics counts what becomes of them
   * @param log is told what a collector doesn't take
   * @param tls what speaks TLS with it, as its files are now
   */
  Traces(TraceMetrics metrics, BoundedLog log, Supplier<Optional<SSLSocketFactory>> tls) {
    HttpPost post = new HttpPost(tls);
    exporter =
        new SpanExporter(
            new OtlpJson(
                new Attributes()
                    .put("service.name", NAME)
                    .put("service.version", Version.number())
                    .put(
                        "service.instance.id",
                        Long.toHexString(ThreadLocalRandom.current().nextLong())),
                NAME,
                Version.number()),
            (collector, body) -> send(post, collector, body),
            new SpanExporter.Listener() {
              @Override
              public void exported(int requests) {
                metrics.exported(requests);
              }

              @Override
              public void dropped(int requests) {
                metrics.dropped(requests);
              }

              @Override
              public void failed(String why) {
                log.warn("traces", () -> why);
              }
            });
  }

  private static Post.Answer send(Post post, Collector collector, byte[] body) throws IOException {
    try {
      return post.send(collector, body);
    } catch (SSLException e) {
      throw new IOException(TlsFailure.text(e), e);
    }
  }

  /** Tells them there from now on. */
  void configure(TracingConfig config) {
    exporter.configure(
        config.isOn()
            ? Optional.of(new Collector(config.url(), config.headers(), config.queue()))
            : Optional.empty());
  }

  /** Takes those of a request; never blocks. */
  void add(List<Span> spans, boolean hasKey) {
    exporter.add(spans, hasKey);
  }

  /** Tells those that wait, for two seconds at most. */
  @Override
  public void close() {
    exporter.close();
  }
}
