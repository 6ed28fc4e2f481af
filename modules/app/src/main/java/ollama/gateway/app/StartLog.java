package ollama.gateway.app;

import java.util.List;
import java.util.Optional;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.VirtualThreads;

/** What the log is told at the start. */
final class StartLog {

  private static final System.Logger LOG = System.getLogger(StartLog.class.getName());

  private StartLog() {}

  /**
   * Says what it runs on, and warns of what isn't as it should be.
   *
   * @param descriptorWarning what is to be said of the descriptors that it may have
   */
  static void tell(EventLoops loops, List<Upstream> servers, Optional<String> descriptorWarning) {
    LOG.log(
        System.Logger.Level.INFO,
        "started: scheduler="
            + VirtualThreads.scheduler().label()
            + " io="
            + loops.ioInWords()
            + " loops="
            + loops.all().size()
            + " servers="
            + servers);
    if (VirtualThreads.scheduler() == VirtualThreads.Scheduler.JDK) {
      LOG.log(
          System.Logger.Level.WARNING,
          "connections run on the JDK's scheduler, which costs more per token: start the JVM with"
              + " --add-opens=java.base/java.lang=ollama.gateway.http");
    }
    descriptorWarning.ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
  }
}
