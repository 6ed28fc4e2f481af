package ollama.gateway.app;

import java.lang.reflect.Proxy;

/**
 * Handles signals through {@code sun.misc.Signal}: the JDK has nothing public for SIGHUP, nor for
 * an exit status of 0 after SIGTERM. By reflection, because naming that class is a compiler warning
 * that can't be suppressed.
 */
final class Signals {

  private static final System.Logger LOG = System.getLogger(Signals.class.getName());

  private Signals() {}

  /**
   * Runs an action, on a thread of the JVM's, each time the signal comes.
   *
   * @param name without SIG, such as {@code TERM}
   */
  @SuppressWarnings("ReferenceEquality") // a proxy's equals must not call itself
  static void on(String name, Runnable action) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              handlerType.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield Signals.class;
                    }
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> arguments != null && proxy == arguments[0];
                    default -> name;
                  });
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      LOG.log(System.Logger.Level.WARNING, "SIG" + name + " can't be handled on this system", e);
    }
  }
}
