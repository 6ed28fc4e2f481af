package ollama.gateway.http.client;

import java.io.IOException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Watch;
import org.jspecify.annotations.Nullable;

/** Tells what the caller's watch throws from a failure to connect. */
final class CallerWatch implements Watch {

  private final Watch watch;
  private boolean calledOff;

  CallerWatch(Watch watch) {
    this.watch = watch;
  }

  /** Whether the watch has thrown. */
  boolean calledOff() {
    return calledOff;
  }

  @Override
  public @Nullable Connection watched() {
    return watch.watched();
  }

  @Override
  public void check() throws IOException {
    calledOff = true;
    watch.check();
    calledOff = false;
  }
}
