package ollama.gateway.http.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Signal;
import ollama.gateway.http.loop.Watch;
import org.jspecify.annotations.Nullable;

/** A look-up of a name that is under way, and those who wait for it. */
final class LookUp {

  private final String host;
  private final Set<Signal> waiting = ConcurrentHashMap.newKeySet();
  private volatile @Nullable List<InetAddress> addresses;
  private volatile @Nullable Exception failure;

  LookUp(String host) {
    this.host = host;
  }

  String host() {
    return host;
  }

  /** It has ended well. */
  void found(List<InetAddress> result) {
    addresses = result;
    waiting.forEach(Signal::give);
  }

  /** It has ended badly. */
  void failed(Exception why) {
    failure = why;
    waiting.forEach(Signal::give);
  }

  /** Waits for the end; as {@link Resolver#resolve}. */
  List<InetAddress> await(EventLoop loop, long deadlineNanos, Watch watch) throws IOException {
    Signal ended = new Signal(loop);
    waiting.add(ended);
    try {
      // Looked at after being added: whoever ends it either finds the signal or is found.
      if (addresses == null && failure == null) {
        ended.await("the look-up of " + host, deadlineNanos, watch);
      }
    } catch (DeadlineException e) {
      throw new LookUpException("the name " + host + " wasn't looked up in time");
    } finally {
      waiting.remove(ended);
    }
    List<InetAddress> found = addresses;
    if (found != null) {
      return found;
    }
    if (failure instanceof LookUpException busy) {
      throw new LookUpException(String.valueOf(busy.getMessage()));
    }
    throw new UnknownHostException(host);
  }
}
