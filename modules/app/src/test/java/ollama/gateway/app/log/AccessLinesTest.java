package ollama.gateway.app.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.config.AccessLogConfig;
import ollama.gateway.metrics.ModelWork;
import ollama.gateway.proxy.RequestLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests as lines for programs, and where they go. */
@Timeout(120)
final class AccessLinesTest {

  /** 2026-01-31T12:00:00.123Z. */
  private static final long MILLIS = 1_769_860_800_123L;

  @TempDir private Path folder;

  private final ByteArrayOutputStream standard = new ByteArrayOutputStream();
  private final AtomicLong lost = new AtomicLong();

  private static RequestLog.Entry entry(String path, String key, String agent, String note) {
    return new RequestLog.Entry(
        "00000000000000ff",
        new RequestLog.Client("192.0.2.1", key, "HTTP/1.1", "https://a.example", agent),
        "POST",
        path,
        new RequestLog.Server("http://gpu:11434", 1),
        new RequestLog.Answer(200, 1234, 200_000_000, 1_500_000_000L, note),
        new RequestLog.Work(
            "/api/chat",
            "gpt",
            "qwen3:8b",
            new ModelWork.Tokens(20, 5, 7, false),
            2_000_000,
            250_000_000));
  }

  private static String line(String format, RequestLog.Entry entry) {
    AccessForm form = new AccessForm(count -> {});
    form.format(format);
    StringBuilder out = new StringBuilder();
    form.append(out, new LogLine(MILLIS, System.Logger.Level.INFO, entry, null));
    return out.toString();
  }

  @Test
  void jsonHasAllThatIsKnownByItsName() {
    assertEquals(
        "{\"time\":\"2026-01-31T12:00:00.123Z\",\"id\":\"00000000000000ff\","
            + "\"client\":\"192.0.2.1\",\"key\":\"alice\",\"method\":\"POST\","
            + "\"route\":\"/api/chat\",\"path\":\"/api/chat\",\"model\":\"gpt\","
            + "\"modelServed\":\"qwen3:8b\",\"server\":\"http://gpu:11434\",\"status\":200,"
            + "\"bytes\":1234,\"firstByteMillis\":200.0,\"durationMillis\":1500.0,"
            + "\"waitedMillis\":2.0,\"firstTokenMillis\":250.0,\"inputTokens\":20,"
            + "\"cachedTokens\":5,\"outputTokens\":7,\"estimated\":false,\"attempts\":1,"
            + "\"outcome\":\"answered\",\"note\":\"\"}\n",
        line("json", entry("/api/chat", "alice", "curl/8", "")));
  }

  @Test
  void textIsPairsOfNameAndValue() {
    assertEquals(
        "2026-01-31T12:00:00.123Z id=00000000000000ff client=192.0.2.1 key=\"two words\""
            + " method=POST route=/api/chat path=/api/chat model=gpt served=qwen3:8b"
            + " server=http://gpu:11434 status=200 bytes=1234 begun=200.0ms duration=1500.0ms"
            + " waited=2.0ms first=250.0ms input=20 cached=5 output=7 estimated=false attempts=1"
            + " outcome=answered note=\"it ended\"\n",
        line("text", entry("/api/chat", "two words", "", "it ended")));
  }

  @Test
  void combinedIsWhatApacheAndNginxWrite() {
    assertEquals(
        "192.0.2.1 - two_words [31/Jan/2026:12:00:00 +0000] \"POST /api/chat HTTP/1.1\" 200 1234"
            + " \"https://a.example\" \"curl/8\"\n",
        line("combined", entry("/api/chat", "two words", "curl/8", "")));
  }

  @ParameterizedTest
  @CsvSource({"json", "text", "combined"})
  void nobodyCanForgeALine(String format) {
    String evil = "x\"\n1.2.3.4 - root [now] \"GET / HTTP/1.1\" 200\u001b[2J\u0085\u2028\\";
    String line = line(format, entry(evil, evil, evil, evil));

    assertEquals(line.length() - 1, line.indexOf('\n'), line);
    assertFalse(line.matches("(?s).*[\u001b\u0085\u2028].*"), line);
    assertTrue(format.equals("json") || !line.contains("x\"\\x0A"), line);
  }

  @ParameterizedTest
  @CsvSource({
    "200, 1, '', answered",
    "304, 0, '', answered",
    "401, 0, '', refused",
    "404, 1, '', answered",
    "502, 2, '', failed",
    "502, 1, it closed, cut",
    "499, 1, left, left",
  })
  void theOutcomeIsOneWord(int status, int attempts, String note, String outcome) {
    RequestLog.Entry any = entry("/", "", "", "");
    assertEquals(
        outcome,
        AccessForm.outcome(
            new RequestLog.Entry(
                any.id(),
                any.client(),
                any.method(),
                any.path(),
                new RequestLog.Server("", attempts),
                new RequestLog.Answer(status, 0, 0, 0, note),
                any.work())));
  }

  private AccessLines lines(OutputStream out) {
    return new AccessLines(out, lost::addAndGet);
  }

  private void write(AccessLines lines, String... paths) {
    for (String path : paths) {
      lines.add(entry(path, "", "", ""));
    }
    lines.flush();
  }

  /** What the lines of a file say of their paths. */
  private List<String> paths(String file) throws IOException {
    return Files.readString(folder.resolve(file))
        .lines()
        .map(line -> line.replaceAll(".* path=(\\S+) .*", "$1"))
        .toList();
  }

  @Test
  void withoutAFileTheyGoToStandardOutputAndOffToNowhere() {
    AccessLines lines = lines(standard);
    write(lines, "/nobody");
    lines.configure(new AccessLogConfig("text", "", 0), folder);
    write(lines, "/one");
    lines.configure(AccessLogConfig.defaults(), folder);
    write(lines, "/two");

    String text = standard.toString(StandardCharsets.UTF_8);
    assertEquals(1, text.lines().count(), text);
    assertTrue(text.contains(" path=/one "), text);
    assertEquals(0, lost.get());
  }

  @Test
  void aFileThatWasMovedIsBegunAnewWithAReload() throws Exception {
    AccessLines lines = lines(standard);
    AccessLogConfig config = new AccessLogConfig("text", "access.log", 0);
    lines.configure(config, folder);
    write(lines, "/one");
    Files.move(folder.resolve("access.log"), folder.resolve("moved.log"));
    write(lines, "/two");
    assertEquals(List.of("/one", "/two"), paths("moved.log"));

    lines.configure(config, folder);
    write(lines, "/three");
    lines.configure(config, folder);
    write(lines, "/four");
    assertEquals(List.of("/three", "/four"), paths("access.log"));
    assertEquals(
        "rw-r-----",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("access.log"))));
  }

  @Test
  void aFileGrowsNoLargerThanItMayAndOneOlderIsKept() throws Exception {
    AccessLines lines = lines(standard);
    lines.configure(new AccessLogConfig("text", "access.log", 1_000), folder);
    for (int i = 0; i < 20; i++) {
      write(lines, "/" + i);
    }

    assertTrue(Files.size(folder.resolve("access.log")) <= 1_000);
    assertTrue(Files.size(folder.resolve("access.log.1")) <= 1_000);
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
    List<String> kept = new java.util.ArrayList<>(paths("access.log.1"));
    kept.addAll(paths("access.log"));
    // The last ones, in their order, and none twice.
    for (int i = 0; i < kept.size(); i++) {
      assertEquals("/" + (20 - kept.size() + i), kept.get(i));
    }
  }

  @Test
  void whereItCannotBePutAsideTheFileGrowsAndIsNotLost() throws Exception {
    AccessLines lines = lines(standard);
    lines.configure(new AccessLogConfig("text", "access.log", 1_000), folder);
    Files.createDirectories(folder.resolve("access.log.1").resolve("in the way"));
    for (int i = 0; i < 20; i++) {
      write(lines, "/" + i);
    }
    assertEquals(20, paths("access.log").size());
    assertEquals(0, lost.get());
  }

  @Test
  void whenTheyAreSwitchedOffTheFileIsLetGoOf() throws Exception {
    AccessLines lines = lines(standard);
    lines.configure(new AccessLogConfig("text", "access.log", 0), folder);
    write(lines, "/one");
    lines.configure(AccessLogConfig.defaults(), folder);
    lines.flush();

    Path own = folder.resolve("access.log");
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      assertTrue(open.noneMatch(fd -> isLinkTo(fd, own)));
    }
    assertEquals(0, standard.size());
  }

  private static boolean isLinkTo(Path link, Path file) {
    try {
      return Files.isSameFile(link, file);
    } catch (IOException e) {
      // Closed meanwhile.
      return false;
    }
  }

  @Test
  void whatCannotBeWrittenIsCountedAndTriedAgainWithTheNextLine() throws Exception {
    AccessLines lines = lines(standard);
    lines.configure(new AccessLogConfig("text", "missing/access.log", 0), folder);
    write(lines, "/one");
    assertEquals(1, lost.get());

    Files.createDirectory(folder.resolve("missing"));
    write(lines, "/two");
    assertEquals(1, lost.get());
    assertEquals(List.of("/two"), paths("missing/access.log"));
  }

  /** Takes nothing until it is told to. */
  private static OutputStream pipe(CountDownLatch stuck, AtomicLong written) {
    return new OutputStream() {
      @Override
      public void write(int single) throws IOException {
        throw new IOException("only whole lines");
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        try {
          stuck.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        String text = new String(bytes, from, count, StandardCharsets.UTF_8);
        written.addAndGet(text.lines().count());
      }
    };
  }

  /** With 20,000 lines, more than may wait. */
  private AccessLines flooded(OutputStream out) {
    AccessLines lines = lines(out);
    lines.configure(new AccessLogConfig("text", "", 0), folder);
    for (int i = 0; i < 20_000; i++) {
      lines.add(entry("/" + i, "", "", ""));
    }
    return lines;
  }

  @Test
  void aPipeThatNobodyReadsSlowsNobodyAndWhatIsDroppedIsCounted() {
    CountDownLatch stuck = new CountDownLatch(1);
    AtomicLong written = new AtomicLong();
    AccessLines lines = flooded(pipe(stuck, written));
    stuck.countDown();
    while (written.get() + lost.get() < 20_000) {
      lines.flush();
    }
    assertEquals(20_000, written.get() + lost.get());
    assertTrue(lost.get() > 0);
  }

  @Test
  void whatIsDroppedIsCountedWhileThePipeIsStillStuck() {
    CountDownLatch stuck = new CountDownLatch(1);
    AtomicLong written = new AtomicLong();
    AccessLines lines = flooded(pipe(stuck, written));
    long dropped = lost.get();
    assertEquals(10_000, dropped);

    // And not once more when it is told.
    stuck.countDown();
    while (written.get() < 10_000) {
      lines.flush();
    }
    assertEquals(dropped, lost.get());
  }
}
