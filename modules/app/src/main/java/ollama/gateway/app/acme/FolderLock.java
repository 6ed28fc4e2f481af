package ollama.gateway.app.acme;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** That of a folder, or none while another process has it. */
record FolderLock(FileChannel channel, Optional<FileLock> held) implements AutoCloseable {

  static FolderLock of(AcmeFolder folder) throws IOException {
    folder.create();
    FileChannel channel =
        FileChannel.open(
            folder.path().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      return new FolderLock(channel, Optional.ofNullable(channel.tryLock()));
    } catch (OverlappingFileLockException e) {
      // Another gateway of this process.
      return new FolderLock(channel, Optional.empty());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  boolean isHeld() {
    return held.isPresent();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
