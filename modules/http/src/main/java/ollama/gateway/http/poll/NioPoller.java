package ollama.gateway.http.poll;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/** By the JDK's selector: works everywhere, and on the JDK's scheduler, where threads move. */
public final class NioPoller implements Poller {

  private final Selector selector;
  private final Consumer<SelectionKey> onReady = NioPoller::tell;
  private final NioHangUps hangUps = new NioHangUps();

  /**
   * Opens a selector.
   *
   * @throws IOException when that can't be done, for want of descriptors as a rule
   */
  public NioPoller() throws IOException {
    selector = Selector.open();
  }

  @Override
  public void await(long millis) throws IOException {
    selector.select(onReady, hangUps.waitMillis(millis));
    hangUps.look();
  }

  @Override
  public void look() throws IOException {
    selector.selectNow(onReady);
    hangUps.look();
  }

  @Override
  public void wakeUp() {
    selector.wakeup();
  }

  @Override
  public Port port(SocketChannel channel, Watcher watcher) {
    return new NioPort(selector, hangUps, channel, watcher);
  }

  @Override
  public Registration registration(ServerSocketChannel channel, Watcher watcher) {
    return new NioRegistration(selector, channel, watcher);
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }

  private static void tell(SelectionKey key) {
    ((NioRegistration) key.attachment()).ready(key);
  }
}
