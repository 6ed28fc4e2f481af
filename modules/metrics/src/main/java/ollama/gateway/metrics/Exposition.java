package ollama.gateway.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusProtobufWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes numbers down. What a format needs is loaded when it is first asked for. */
final class Exposition {

  private static final int PAGE_BYTES_TYPICAL = 32 * 1024;

  private Exposition() {}

  static byte[] write(MetricSnapshots numbers, ScrapeFormat format) {
    ByteArrayOutputStream page = new ByteArrayOutputStream(PAGE_BYTES_TYPICAL);
    try {
      writer(format).write(page, numbers);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return page.toByteArray();
  }

  private static ExpositionFormatWriter writer(ScrapeFormat format) {
    return switch (format) {
      case TEXT -> PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();
      case OPEN_METRICS ->
          OpenMetricsTextFormatWriter.builder().setCreatedTimestampsEnabled(false).build();
      case PROTOBUF -> new PrometheusProtobufWriter();
    };
  }
}
