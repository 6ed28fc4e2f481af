package ollama.gateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The bytes of a settings file and the text they stand for. */
final class ConfigFile {
  static final String BYTE_ORDER_MARK = "\ufeff";

  private ConfigFile() {}

  static byte[] read(Path file) throws ConfigException {
    check(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file.toString(), channel);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /** Refuses what can't be read, in words that say what to do. */
  static void check(Path file) throws ConfigException {
    String name = file.toString();
    if (Files.isDirectory(file)) {
      throw ConfigException.ofFile(
          name,
          "this is a folder, not a file: remove it and put the settings file there (docker run -v"
              + " makes a folder when the file to mount doesn't exist)");
    }
    try {
      file.getFileSystem().provider().checkAccess(file, AccessMode.READ);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  private static ConfigException unreadable(String name, IOException e) {
    String message =
        switch (e) {
          case NoSuchFileException _ ->
              "there is no such file: create it, with at least { \"ollamaAddresses\":"
                  + " [\"http://localhost:11434\"] }, or name another one";
          case AccessDeniedException _ ->
              "user " + user() + " may not read this file: give that user read permission";
          default -> "this file can't be read: " + reason(e);
        };
    return ConfigException.ofFile(name, message);
  }

  /** Reads an open file from its start to its end. */
  static byte[] read(String name, FileChannel channel) throws IOException, ConfigException {
    // Not closed: that would close the channel, and let go a lock on it.
    byte[] bytes = Channels.newInputStream(channel).readNBytes(ConfigLoader.FILE_BYTES_MAX + 1);
    if (bytes.length > ConfigLoader.FILE_BYTES_MAX) {
      throw ConfigException.ofFile(
          name,
          "this file is larger than "
              + ConfigLoader.FILE_BYTES_MAX
              + " bytes: is it the settings file?");
    }
    return bytes;
  }

  /** Decodes strictly, so that encoding the text again gives the same bytes. */
  static String decode(String fileName, byte[] bytes) throws ConfigException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      String message = "this isn't UTF-8: save the file with the encoding UTF-8";
      throw new ConfigException(
          fileName, List.of(Place.of(text, text.length()).problem("", message)));
    }
    return text;
  }

  /** Whom the operating system asks for permissions, for messages. */
  static String user() {
    return System.getProperty("user.name", "?");
  }

  /** What went wrong, without the file's name, which stands before it. */
  static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
