/** The program: its command line, its wiring by constructors, its log and its signals. */
module ollama.gateway.app {
  requires static transitive org.jspecify;
  requires ollama.gateway.demo;
  requires transitive ollama.gateway.proxy;
  // For SIGHUP and SIGTERM, by reflection: see Signals.
  requires jdk.unsupported;

  exports ollama.gateway.app;

  provides System.LoggerFinder with
      ollama.gateway.app.log.GatewayLoggerFinder;
}
