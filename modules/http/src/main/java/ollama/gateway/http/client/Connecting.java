package ollama.gateway.http.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.Watch;
import org.jspecify.annotations.Nullable;

/** One go at connecting to a server: to each of its addresses in turn, until one answers. */
final class Connecting {

  private final Resolver resolver;
  private final EventLoop loop;
  private final UpstreamOrigin origin;
  private final long deadline;
  private final Watch watch;
  private final Set<InetAddress> refused = new HashSet<>();
  private @Nullable ConnectException failure;

  /** As {@link UpstreamClient#connect}. */
  Connecting(Resolver resolver, EventLoop loop, UpstreamOrigin origin, long deadline, Watch watch) {
    this.resolver = resolver;
    this.loop = loop;
    this.origin = origin;
    this.deadline = deadline;
    this.watch = watch;
  }

  Connection run() throws IOException {
    Resolver.Found found = addresses();
    // A part of the time stays for what a new look-up may find.
    Optional<Connection> first = any(found.addresses(), found.remembered() ? 1 : 0);
    if (first.isPresent()) {
      return first.get();
    }
    if (found.remembered()) {
      Optional<Connection> second = any(addressesAnew(), 0);
      if (second.isPresent()) {
        return second.get();
      }
    }
    throw failure != null ? failure : new ConnectException("no address");
  }

  /**
   * The first address that answers.
   *
   * @param laterShares parts of the time, as large as that of an address, which are left over
   */
  private Optional<Connection> any(List<InetAddress> addresses, int laterShares)
      throws IOException {
    for (int i = 0; i < addresses.size(); i++) {
      InetAddress address = addresses.get(i);
      long until = share(addresses.size() - i + laterShares);
      CallerWatch caller = new CallerWatch(watch);
      try {
        InetSocketAddress socket = new InetSocketAddress(address, origin.port());
        return Optional.of(Connector.connect(loop, socket, until, caller));
      } catch (IOException e) {
        if (caller.calledOff() || e instanceof OutOfDescriptorsException) {
          throw e;
        }
        failed(address, e);
      }
    }
    return Optional.empty();
  }

  /** The part of the time that one address gets, so that a dead one leaves some to the others. */
  private long share(int shares) {
    if (deadline == Timer.NEVER) {
      return deadline;
    }
    long now = EventLoop.nanoTime();
    return now + (deadline - now) / shares;
  }

  private void failed(InetAddress address, IOException e) {
    if (e instanceof DeadlineException) {
      failure = new ConnectTimeoutException();
    } else {
      refused.add(address);
      failure = new ConnectException(String.valueOf(e.getMessage()));
    }
  }

  private Resolver.Found addresses() throws IOException {
    try {
      return resolver.resolve(loop, origin.host(), deadline, watch);
    } catch (UnknownHostException e) {
      throw new ConnectException("the name " + origin.host() + " can't be resolved");
    }
  }

  /** What a new look-up finds; those that refused don't need to do so again. */
  private List<InetAddress> addressesAnew() throws IOException {
    try {
      return resolver.lookUp(loop, origin.host(), deadline, watch).addresses().stream()
          .filter(address -> !refused.contains(address))
          .toList();
    } catch (UnknownHostException | LookUpException e) {
      // What was remembered has failed, and that is how it stays.
      return List.of();
    }
  }
}
