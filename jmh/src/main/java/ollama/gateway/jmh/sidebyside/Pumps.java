package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Programs in C that copy bytes and know nothing of HTTP: the floor, which no proxy that asks the
 * system with the same calls can be below.
 */
final class Pumps {

  private static final String PREFIX = "c-";
  private static final List<String> KINDS = List.of("epoll", "uring");

  private Pumps() {}

  static boolean isPump(String peer) {
    return peer.startsWith(PREFIX);
  }

  /** Compiles and starts those that this machine can have, and says which it can't, and why. */
  static List<Peer> start(Path sources, Path folder, int upstreamPort)
      throws IOException, InterruptedException {
    Optional<String> compiler = Programs.find("cc");
    if (compiler.isEmpty()) {
      System.out.println(
          "There is no C compiler (cc), so c-epoll and c-uring aren't measured:"
              + " apt-get install gcc libc6-dev");
      return List.of();
    }
    List<Peer> pumps = new ArrayList<>();
    for (String kind : KINDS) {
      String name = PREFIX + kind;
      Path program = folder.resolve("pump-" + kind);
      Path source = sources.resolve("pump-" + kind + ".c");
      try {
        compile(compiler.get(), source, program);
        pumps.add(Peer.pump(name, program, folder, upstreamPort));
      } catch (IOException e) {
        System.out.println(name + " isn't measured: " + e.getMessage());
      }
    }
    return pumps;
  }

  private static void compile(String compiler, Path source, Path program)
      throws IOException, InterruptedException {
    Path said = Path.of(program + ".out");
    int code =
        new ProcessBuilder(compiler, "-O2", "-o", program.toString(), source.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException(
          source.getFileName()
              + " can't be compiled: "
              + Files.readString(said, StandardCharsets.UTF_8).strip());
    }
  }
}
