/**
 * What happened, in numbers, as Prometheus reads them.
 *
 * <p>{@link ollama.gateway.metrics.GatewayMetrics} holds all of it and writes the page. What
 * happens to requests is counted along the way, on event loops: through handles such as {@link
 * ollama.gateway.metrics.RequestSeries} that are looked up once, so that counting neither allocates
 * nor locks. What merely is, such as which servers are up, is read from {@link
 * ollama.gateway.metrics.LiveState} when the page is asked for. Every label is bounded.
 */
@NullMarked
package ollama.gateway.metrics;

import org.jspecify.annotations.NullMarked;
