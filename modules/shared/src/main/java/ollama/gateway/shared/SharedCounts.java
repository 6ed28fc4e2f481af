package ollama.gateway.shared;

/** What several gateways count together. */
public interface SharedCounts extends SharedLimits, SharedUsage {}
