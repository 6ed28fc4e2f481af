package ollama.gateway.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The files of the status page, which are the same for everybody and tell nothing. */
public enum PageFile {
  /** The page itself. */
  INDEX("index.html", "text/html; charset=utf-8"),
  /** How it looks. */
  STYLE("page.css", "text/css; charset=utf-8"),
  /** What it does: the beginning of its script. */
  SCRIPT("page.js", PageFile.JAVASCRIPT),
  /** How that changes what is shown. */
  SCRIPT_DOM("dom.js", PageFile.JAVASCRIPT),
  /** How it reads events. */
  SCRIPT_EVENTS("events.js", PageFile.JAVASCRIPT),
  /** How it shows requests that aren't over. */
  SCRIPT_INFLIGHT("inflight.js", PageFile.JAVASCRIPT),
  /** How it shows the last hour. */
  SCRIPT_HOUR("hour.js", PageFile.JAVASCRIPT),
  /** How it shows requests that are over. */
  SCRIPT_RECENT("recent.js", PageFile.JAVASCRIPT),
  /** How it shows what was used. */
  SCRIPT_USAGE("usage.js", PageFile.JAVASCRIPT),
  /** What it has the gateway do. */
  SCRIPT_ACTIONS("actions.js", PageFile.JAVASCRIPT),
  /** Its sign in a browser's tab. */
  ICON("icon.svg", "image/svg+xml");

  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";

  private final String fileName;
  private final String contentType;

  PageFile(String fileName, String contentType) {
    this.fileName = fileName;
    this.contentType = contentType;
  }

  /** The file of that name. */
  public static Optional<PageFile> of(String fileName) {
    for (PageFile file : values()) {
      if (file.fileName.equals(fileName)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /** Its media type. */
  public String contentType() {
    return contentType;
  }

  /** What is in it, read anew: not on an event loop. */
  public byte[] content() {
    try (InputStream in = PageFile.class.getResourceAsStream("page/" + fileName)) {
      if (in == null) {
        throw new IllegalStateException("the gateway lacks its own file " + fileName);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the gateway's own file " + fileName + " can't be read", e);
    }
  }
}
