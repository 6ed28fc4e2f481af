package ollama.gateway.app;

/** Placeholder, to be replaced: prints the version so that the runtime image has something to run. */
public final class Main {
  private Main() {}

  /**
   * Prints the version.
   *
   * @param args ignored
   */
  public static void main(String[] args) {
    System.out.println(
        "ollama-gateway " + Main.class.getModule().getDescriptor().rawVersion().orElse("unknown"));
  }
}
