package ollama.gateway.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
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
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** The bytes of a settings file and the text they stand for. */
final class ConfigFile {
  static final String BYTE_ORDER_MARK = "\ufeff";
  private static final char REPLACEMENT = '\ufffd';

  private ConfigFile() {}

  static byte[] read(Path file, HeapRoom room) throws ConfigException {
    check(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(file.toString(), channel, room);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  /** Refuses what can't be read, in words that say what to do, and what would be waited for. */
  static void check(Path file) throws ConfigException {
    String name = file.toString();
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw ConfigException.ofFile(
            name,
            "this is a folder, not a file: remove it and put the settings file there (docker run -v"
                + " makes a folder when the file to mount doesn't exist)");
      }
      if (!attributes.isRegularFile()) {
        throw ConfigException.ofFile(
            name,
            "this is a pipe, a socket or a device: write the settings into a regular file, which"
                + " can be read again at a reload");
      }
      if (attributes.size() > ConfigLoader.FILE_BYTES_MAX) {
        throw tooLarge(name);
      }
      file.getFileSystem().provider().checkAccess(file, AccessMode.READ);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  private static ConfigException tooLarge(String name) {
    return ConfigException.ofFile(
        name,
        "this file is larger than "
            + (ConfigLoader.FILE_BYTES_MAX >> 20)
            + " MiB: is it the settings file?");
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

  /**
   * Reads an open file from its start to its end.
   *
   * @throws HeapRoom.FullException if there is no room for its text
   */
  static byte[] read(String name, FileChannel channel, HeapRoom room)
      throws IOException, ConfigException {
    long size = channel.size();
    if (size > ConfigLoader.FILE_BYTES_MAX) {
      throw tooLarge(name);
    }
    // Its bytes, and its text, which takes two for each if there is one that isn't Latin.
    room.take(size * 3);
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    int count = 0;
    while (count >= 0 && bytes.hasRemaining()) {
      count = channel.read(bytes);
    }
    if (count < 0 || channel.size() != size) {
      throw new IOException("it was changed while it was read: try again");
    }
    return bytes.array();
  }

  /** Decodes strictly, so that encoding the text again gives the same bytes. */
  static String decode(String fileName, byte[] bytes, HeapRoom room) throws ConfigException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      // Either it stands there, or it stands for what couldn't be decoded.
      room.take(bytes.length * 4L);
      checkUtf8(fileName, bytes);
    }
    return text;
  }

  private static void checkUtf8(String fileName, byte[] bytes) throws ConfigException {
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result =
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), out, true);
    if (result.isError()) {
      String before = out.flip().toString();
      String message = "this isn't UTF-8: save the file with the encoding UTF-8";
      throw new ConfigException(
          fileName, List.of(Place.of(before, before.length()).problem("", message)));
    }
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
