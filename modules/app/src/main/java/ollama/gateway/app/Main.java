package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.app.log.GatewayLoggerFinder;
import ollama.gateway.config.ConfigException;

/** The program's entry: command line, start, signals, exit status. */
public final class Main {

  private static final int STOPPED = 0;
  private static final int COULD_NOT_START = 1;
  private static final int WRONG_INPUT = 2;
  private static final long FLUSH_MILLIS = 1_000;

  private Main() {}

  /** Runs the gateway until it is told to stop. */
  public static void main(String[] arguments) {
    int status = run(arguments, System.out, System.err);
    GatewayLoggerFinder.installed().flush(FLUSH_MILLIS);
    System.exit(status);
  }

  private static int run(String[] arguments, PrintStream out, PrintStream err) {
    CommandLine commandLine;
    try {
      commandLine = CommandLine.parse(arguments);
    } catch (CommandLine.UsageException e) {
      err.println(e.getMessage());
      return WRONG_INPUT;
    }
    return switch (commandLine.action()) {
      case HELP -> {
        out.print(CommandLine.HELP);
        yield STOPPED;
      }
      case VERSION -> {
        out.println(Version.text());
        yield STOPPED;
      }
      case SERVE -> serve(commandLine, out, err);
    };
  }

  private static int serve(CommandLine commandLine, PrintStream out, PrintStream err) {
    GatewayProcess gateway;
    try {
      gateway = GatewayProcess.create(commandLine.config(), System.getenv(), commandLine.demo());
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return WRONG_INPUT;
    } catch (IOException e) {
      err.println("the gateway can't start: " + e.getMessage());
      return COULD_NOT_START;
    }
    Optional<String> key;
    try {
      key = new FirstKey(gateway, commandLine.keyFile()).ensure(out);
    } catch (IOException e) {
      err.println("apiKeys is empty, and no first key can be kept: " + e.getMessage());
      gateway.close();
      return WRONG_INPUT;
    }
    CountDownLatch stopped = handleSignals(gateway);
    try {
      gateway.listen();
    } catch (IOException e) {
      err.println(
          "the gateway can't listen on "
              + gateway.config().gatewayAddress()
              + ": "
              + e.getMessage()
              + "; stop what uses that address, or change gatewayAddress");
      gateway.close();
      return COULD_NOT_START;
    }
    if (key.isPresent() && commandLine.keyFile().isPresent()) {
      Introduction.print(out, gateway, key.get(), commandLine.demo());
    }
    out.println("listening on " + gateway.listeningOn());
    out.flush();
    return await(stopped);
  }

  private static int await(CountDownLatch stopped) {
    try {
      stopped.await();
      return STOPPED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return COULD_NOT_START;
    }
  }

  /** The first SIGTERM or ctrl-C drains, the second stops at once; SIGHUP reloads. */
  private static CountDownLatch handleSignals(GatewayProcess gateway) {
    CountDownLatch stopped = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    Runnable stop =
        () -> {
          if (asked.getAndIncrement() == 0) {
            Thread.ofPlatform().name("stop").start(() -> stop(gateway, stopped));
          } else {
            GatewayLoggerFinder.installed().flush(FLUSH_MILLIS);
            Runtime.getRuntime().halt(STOPPED);
          }
        };
    Signals.on("TERM", stop);
    Signals.on("INT", stop);
    Signals.on("HUP", () -> reload(gateway));
    return stopped;
  }

  private static void stop(GatewayProcess gateway, CountDownLatch stopped) {
    try {
      gateway.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopped.countDown();
    }
  }

  private static void reload(GatewayProcess gateway) {
    try {
      gateway.reload();
    } catch (IOException e) {
      // The gateway has logged why, and goes on with the old settings.
    }
  }
}
