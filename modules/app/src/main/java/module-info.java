/** The program: its command line, its wiring by constructors, its log and its signals. */
module ollama.gateway.app {
  requires static org.jspecify;
  requires ollama.gateway.demo;
  requires ollama.gateway.proxy;
}
