/** Which server a request goes to, and which servers are up. */
module ollama.gateway.balancer {
  requires transitive ollama.gateway.config;
  requires static org.jspecify;

  exports ollama.gateway.balancer;
  exports ollama.gateway.balancer.dispatch;
}
