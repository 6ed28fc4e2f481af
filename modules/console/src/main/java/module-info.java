/** What the status page shows and remembers: its files, who is logged in, the last hour. */
module ollama.gateway.console {
  requires static org.jspecify;
  requires transitive ollama.gateway.balancer;

  exports ollama.gateway.console;
}
