/** The program: its command line, its wiring by constructors, its log and its signals. */
module ollama.gateway.app {
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;
  requires ollama.gateway.demo;
  requires transitive ollama.gateway.proxy;
  // For SIGHUP and SIGTERM, by reflection: see Signals.
  requires jdk.unsupported;

  exports ollama.gateway.app;
  exports ollama.gateway.app.acme;

  // Of the full image alone.
  uses ollama.gateway.app.acme.CertificateOrders;

  provides System.LoggerFinder with
      ollama.gateway.app.log.GatewayLoggerFinder;
}
