package ollama.gateway.http.wire;

import java.io.IOException;

/** A peer broke a {@link Rule}; its connection can't be used any further. */
public final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1L;

  private final Rule rule;

  /** The breaking of {@code rule}. */
  public ProtocolException(Rule rule) {
    super(rule.text());
    this.rule = rule;
  }

  /** The rule that was broken. */
  public Rule rule() {
    return rule;
  }

  /** No stack trace: a flood of malformed requests must stay cheap, and the rule says it all. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
