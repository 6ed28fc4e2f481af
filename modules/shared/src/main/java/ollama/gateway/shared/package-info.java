/**
 * What several gateways have in common: limits, announcements, what keys have used, and what each
 * knows of the servers.
 *
 * <p>A request asks all limits that hold for it at once, by a {@link ollama.gateway.shared.Demand},
 * and gets a {@link ollama.gateway.shared.Permit}, whose {@link ollama.gateway.shared.Verdict}
 * comes later: nothing here blocks. While the store can't be reached the verdict says so at once,
 * and each gateway counts for itself.
 */
@NullMarked
package ollama.gateway.shared;

import org.jspecify.annotations.NullMarked;
