package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.app.log.GatewayLoggerFinder;
import ollama.gateway.app.log.Terminal;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.OllamaServer;

/** The program's entry: command line, start, signals, exit status. */
public final class Main {

  private static final long FLUSH_MILLIS = 1_000;

  private Main() {}

  /** Runs the gateway until it is told to stop. */
  public static void main(String[] arguments) {
    int status = run(arguments, System.out, System.err);
    GatewayLoggerFinder.installed().flush(FLUSH_MILLIS);
    System.exit(status);
  }

  private static int run(String[] arguments, PrintStream out, PrintStream err) {
    Command command;
    try {
      command = CommandLine.parse(arguments);
    } catch (Arguments.UsageException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    // The switch would do it as well, but the JVM makes one of patterns anew in each process, which
    // takes as long as all else before the first answer.
    if (command instanceof Command.Serve asked) {
      return serve(asked, out, err);
    }
    return switch (command) {
      case Command.Serve asked -> serve(asked, out, err);
      case Command.Check(Path config) -> CheckCommand.run(config, System.getenv(), out, err);
      case Command.CheckAgainst asked -> CheckAgainstCommand.run(asked, System.getenv(), out, err);
      case Command.NewKey asked -> NewKeyCommand.run(asked, System.getenv(), out, err);
      case Command.ListKeys asked -> lister(out, err).list(asked);
      case Command.ShowKey asked -> lister(out, err).show(asked);
      case Command.SwitchKey asked -> changer(out, err).change(asked);
      case Command.DeleteKey asked -> changer(out, err).delete(asked);
      case Command.RotateKey asked ->
          RotateKeyCommand.run(asked, System.getenv(), InstantSource.system(), out, err);
      case Command.Usage asked ->
          UsageCommand.run(asked, System.getenv(), InstantSource.system(), out, err);
      case Command.Health asked -> HealthCommand.run(asked, System.getenv(), out, err);
      case Command.Status asked -> new StatusCommands(System.getenv(), out, err).status(asked);
      case Command.Top asked ->
          new StatusCommands(System.getenv(), out, err).top(asked, Terminal.isThere());
      case Command.Pull asked ->
          new PullCommand(System.getenv(), out, err).run(asked, Terminal.isThere());
      case Command.PrintHelp(String text) -> {
        out.print(text);
        yield ExitStatus.DONE;
      }
      case Command.PrintVersion() -> {
        out.println(Version.text());
        yield ExitStatus.DONE;
      }
    };
  }

  private static KeyListCommands lister(PrintStream out, PrintStream err) {
    return new KeyListCommands(System.getenv(), InstantSource.system(), out, err);
  }

  private static KeyChangeCommands changer(PrintStream out, PrintStream err) {
    return new KeyChangeCommands(System.getenv(), InstantSource.system(), out, err);
  }

  private static int serve(Command.Serve asked, PrintStream out, PrintStream err) {
    GatewayProcess gateway;
    Command.Demo demo;
    try {
      demo = demo(asked);
      gateway = GatewayProcess.create(asked.config(), System.getenv(), demo != Command.Demo.NO);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (IOException e) {
      err.println("the gateway can't start: " + e.getMessage());
      return ExitStatus.FAILED;
    }
    Optional<Path> keyFile;
    try {
      keyFile = new FirstKey(gateway, asked.keyFile(), Terminal.isThere()).ensure(out);
    } catch (IOException e) {
      err.println("apiKeys is empty, and no first key can be kept: " + e.getMessage());
      gateway.close();
      return ExitStatus.WRONG_INPUT;
    }
    // First: whoever is answered may also want to stop it, or to reload.
    CountDownLatch stopped = handleSignals(gateway);
    try {
      gateway.listen();
    } catch (IOException e) {
      err.println(e.getMessage());
      gateway.close();
      return ExitStatus.FAILED;
    }
    if (keyFile.isPresent()) {
      new Introduction(out, gateway, asked.config(), keyFile.get()).print(demo);
    }
    for (Listening listening : gateway.listening()) {
      out.println("listening on " + listening.text());
    }
    out.flush();
    // Last, since nobody waits for it.
    gateway.watchSettings();
    return await(stopped);
  }

  /** Whether there is to be a demo, if that depends. */
  private static Command.Demo demo(Command.Serve asked) throws ConfigException {
    if (asked.demo() != Command.Demo.IF_ALONE) {
      return asked.demo();
    }
    List<OllamaServer> servers =
        new ConfigLoader(System.getenv()).load(asked.config()).config().ollamaAddresses();
    return FirstServers.missing(servers) ? Command.Demo.IF_ALONE : Command.Demo.NO;
  }

  private static int await(CountDownLatch stopped) {
    try {
      stopped.await();
      return ExitStatus.DONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitStatus.FAILED;
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
            Runtime.getRuntime().halt(ExitStatus.DONE);
          }
        };
    Signals.on("TERM", stop);
    Signals.on("INT", stop);
    Signals.on("HUP", gateway::reloadOrLog);
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
}
