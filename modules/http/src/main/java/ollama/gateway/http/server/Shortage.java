package ollama.gateway.http.server;

/** Why a connection can't be accepted before another one ends. */
public enum Shortage {
  /** As many connections are open as {@link ServerOptions#connections} allows. */
  CONNECTIONS,
  /** One more would need file descriptors that are kept in reserve. */
  DESCRIPTORS
}
