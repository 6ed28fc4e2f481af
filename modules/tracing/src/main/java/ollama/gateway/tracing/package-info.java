/**
 * Traces as OpenTelemetry has them: W3C's Trace Context, spans, and OTLP over HTTP in JSON.
 * Requests hand their spans over when they have ended, and wait for nothing; all else is done by
 * the thread of {@link ollama.gateway.tracing.SpanExporter}.
 */
@NullMarked
package ollama.gateway.tracing;

import org.jspecify.annotations.NullMarked;
