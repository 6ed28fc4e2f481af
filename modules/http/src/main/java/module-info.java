/**
 * An HTTP/1.1 core on NIO: event loops that carry virtual threads, a strict parser, a server and
 * per-loop pools of upstream connections. It knows nothing of Ollama or of the gateway's rules.
 */
module ollama.gateway.http {
  requires static transitive org.jspecify;
  // How often TCP keep-alive asks.
  requires jdk.net;

  exports ollama.gateway.http.client;
  exports ollama.gateway.http.loop;
  exports ollama.gateway.http.memory;
  exports ollama.gateway.http.message;
  exports ollama.gateway.http.server;
  exports ollama.gateway.http.tls;
  exports ollama.gateway.http.wire;
}
