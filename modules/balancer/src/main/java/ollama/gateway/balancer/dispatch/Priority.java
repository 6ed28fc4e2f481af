package ollama.gateway.balancer.dispatch;

/** A class of requests. One that waits goes before all that wait in a lower class. */
public enum Priority {
  /** Somebody sits in front of it. */
  INTERACTIVE,
  /** What isn't said to be something else. */
  NORMAL,
  /** Nobody waits for it. */
  BATCH
}
