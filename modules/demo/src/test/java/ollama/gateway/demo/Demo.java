package ollama.gateway.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import ollama.gateway.http.loop.EventLoops;

/** A demo server on one loop of its own: what holds up one request would hold up all. */
record Demo(EventLoops loops, DemoServer server) implements AutoCloseable {

  static Demo start(Pace pace) throws IOException {
    EventLoops loops = EventLoops.start(1);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return new Demo(loops, DemoServer.start(loops, any, pace));
  }

  @Override
  public void close() {
    server.close();
    loops.close();
  }
}
