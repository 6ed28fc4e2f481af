package ollama.gateway.http.poll;

import java.io.IOException;

/** Makes the pollers of a group of loops, all of one kind. */
public final class Pollers {

  /** Set to {@code nio} to use NIO even where io_uring could be had. */
  public static final String PROPERTY = "ollama.gateway.io";

  /** What the system is asked with. */
  public enum Kind {
    /** io_uring: one system call for all that a turn of a loop has to say and to hear. */
    IO_URING("io_uring"),
    /** The JDK's selectors: everywhere. */
    NIO("nio");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name used in logs, metrics and {@code version}. */
    public String label() {
      return label;
    }
  }

  /** Opens one. */
  private interface Opener {
    Poller open() throws IOException;
  }

  private final Kind kind;
  private final String whyNot;
  private final Opener opener;

  private Pollers(Kind kind, String whyNot, Opener opener) {
    this.kind = kind;
    this.whyNot = whyNot;
    this.opener = opener;
  }

  /**
   * With io_uring if this system has it, permits it and gives it what it needs, which is found out
   * by doing; else by NIO.
   */
  public static Pollers best() {
    if (Kind.NIO.label().equals(System.getProperty(PROPERTY))) {
      return nio("-D" + PROPERTY + "=nio is set");
    }
    try {
      UringPoller.tryOut();
      return new Pollers(Kind.IO_URING, "", UringPoller::new);
    } catch (IOException e) {
      return nio(String.valueOf(e.getMessage()));
    } catch (RuntimeException | LinkageError e) {
      // Of the JVM's own: it may not link to the C library here.
      return nio(e.toString());
    }
  }

  /**
   * By NIO.
   *
   * @param whyNot what speaks against io_uring here, in words for the operator
   */
  public static Pollers nio(String whyNot) {
    return new Pollers(Kind.NIO, whyNot, NioPoller::new);
  }

  /** Which kind it is. */
  public Kind kind() {
    return kind;
  }

  /** Why it isn't io_uring; empty if it is. */
  public String whyNot() {
    return whyNot;
  }

  /**
   * Opens one.
   *
   * @throws IOException when the system refuses
   */
  public Poller open() throws IOException {
    return opener.open();
  }
}
