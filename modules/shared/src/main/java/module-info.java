/** What several gateways have in common, as the gateway asks for it; who keeps it is a service. */
module ollama.gateway.shared {
  requires static transitive org.jspecify;
  requires transitive ollama.gateway.balancer;
  requires transitive ollama.gateway.config;
  requires transitive ollama.gateway.ratelimit;
  requires transitive ollama.gateway.usage;

  exports ollama.gateway.shared;

  // Of the full image alone.
  uses ollama.gateway.shared.SharedStates;
}
