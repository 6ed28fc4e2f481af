package ollama.gateway.http.server;

/** What a connection takes of what there is for connections. */
enum Place {
  /** One of {@link ServerOptions#connections}: a descriptor of its own, and one to a server. */
  ORDINARY(2),
  /** One of {@link ServerOptions#reservedConnections}: its request goes to no server. */
  RESERVED(1);

  private final int descriptors;

  Place(int descriptors) {
    this.descriptors = descriptors;
  }

  /** How many it is promised. */
  int descriptors() {
    return descriptors;
  }
}
