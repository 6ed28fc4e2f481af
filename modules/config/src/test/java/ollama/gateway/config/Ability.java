package ollama.gateway.config;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;

/** Whether this machine lets a test do something that not every machine allows. */
record Ability(boolean isThere, String reason) {

  /** Starting a process as the user nobody; only root may. */
  static Ability ofBeingAnotherUser() {
    return new Ability(
        runs("setpriv --reuid 65534 --regid 65534 --clear-groups true"),
        "setpriv can't change the user here (it takes root)");
  }

  /** Mounting files in a name space of its own. */
  static Ability ofMounting() {
    return new Ability(
        runs("d=$(mktemp -d); trap 'rm -r $d' 0; unshare -m mount -t tmpfs none $d"),
        "unshare -m and mount don't work here (they take root or CAP_SYS_ADMIN)");
  }

  /**
   * Ends the test as not run, and says plainly what wasn't checked: the end of make test lists it.
   */
  void orSay(String what) {
    assumeTrue(isThere, () -> "not checked: " + what + ": " + reason);
  }

  private static boolean runs(String script) {
    try {
      return new ProcessBuilder(List.of("sh", "-euc", script))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
