package ollama.gateway.app.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Has system calls of a running process fail, for as long as this is open, by strace. */
public final class FailingCalls implements AutoCloseable {

  private static final String OTHERWISE =
      "not checked: what failing system calls do: strace isn't here or may not attach"
          + " (kernel.yama.ptrace_scope)";

  private static final long WAIT_SECONDS = 120;

  private final Process strace;
  private final Path log;

  private FailingCalls(Process strace, Path log) {
    this.strace = strace;
    this.log = log;
  }

  /**
   * Begins; a test that can't have that ends as not run, and says so.
   *
   * @param calls their names, with commas
   * @param how with which error and when, counted by thread, as strace's {@code inject} has it
   */
  public static FailingCalls in(ChildGateway gateway, String calls, String how) throws IOException {
    Path log = Files.createTempFile("failing-calls", "");
    String failing = calls + ":" + how;
    ProcessBuilder command =
        new ProcessBuilder("strace", "-f", "-o", log.toString(), "-p", "" + gateway.pid());
    command.command().addAll(List.of("-e", "trace=" + calls, "-e", "inject=" + failing));
    Process strace;
    try {
      strace = command.redirectErrorStream(true).start();
    } catch (IOException e) {
      Files.delete(log);
      return abort(OTHERWISE);
    }
    BufferedReader out = strace.inputReader();
    String line = out.readLine();
    while (line != null && !line.contains(" attached")) {
      line = out.readLine();
    }
    if (line == null) {
      Files.delete(log);
      return abort(OTHERWISE);
    }
    return new FailingCalls(strace, log);
  }

  /** Waits until so many have failed. */
  public void await(int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (failed() < count) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("only " + failed() + " have failed");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** How many have failed so far. */
  public long failed() throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.endsWith("(INJECTED)")).count();
    }
  }

  /** Lets them succeed again. */
  @Override
  public void close() throws IOException {
    strace.destroy();
    try {
      if (!strace.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("strace doesn't end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.delete(log);
  }
}
