package ollama.gateway.http.server;

/** Why accepting pauses until a connection ends. */
public enum Shortage {
  /** As many connections are open as {@link ServerOptions#connections} allows. */
  CONNECTIONS,
  /** One more would need file descriptors that are kept in reserve. */
  DESCRIPTORS
}
