package ollama.gateway.app.acme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.http.tls.TlsFileException;
import ollama.gateway.http.tls.TlsIdentity;

/**
 * Where keys and certificates are kept: {@code account.key}, by which the authority knows the
 * gateway, and one file for each host with its key and its certificates, so that the two can't be
 * of different orders. All for the gateway's user alone. For one thread, but for {@link #file}.
 */
final class AcmeFolder {

  private static final FileAttribute<?> FOLDER_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?> FILE_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /** More than chains of certificates have. */
  private static final int ROOM_BYTES = 32 * 1024;

  private final Path folder;

  AcmeFolder(Path folder) {
    this.folder = folder;
  }

  Path path() {
    return folder;
  }

  /** Where a host's key and certificates are; there may be no such file yet. */
  Path file(String host) {
    return folder.resolve(host + ".pem");
  }

  /** Makes the folder if it isn't there. */
  void create() throws IOException {
    Files.createDirectories(folder, FOLDER_MODE);
  }

  /** What a host has; empty if it has nothing, or nothing that can be used. */
  Optional<TlsIdentity> identity(String host) {
    try {
      return Optional.of(read(host));
    } catch (TlsFileException e) {
      return Optional.empty();
    }
  }

  /**
   * What a host has.
   *
   * @throws TlsFileException if it has nothing, or nothing that can be used
   */
  TlsIdentity read(String host) throws TlsFileException {
    return TlsIdentity.read(file(host), file(host));
  }

  /**
   * By which an authority knows the gateway, made if there is none.
   *
   * @throws IOException when it can't be kept, or what is there is no such key
   */
  KeyPair account() throws IOException {
    Path file = folder.resolve("account.key");
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      try {
        return TlsIdentity.keyPair(file, "EC");
      } catch (TlsFileException e) {
        throw new IOException(e.getMessage() + "; delete it, and another account is made", e);
      }
    }
    KeyPair made = newKey();
    Path prepared = folder.resolve("account.key~");
    write(
        prepared,
        pem("PRIVATE KEY", made.getPrivate().getEncoded())
            + pem("PUBLIC KEY", made.getPublic().getEncoded()));
    rename(prepared, file);
    return made;
  }

  /** A key of P-256. */
  static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }

  /**
   * Takes the room that a certificate will need: an authority makes only so many, and one that
   * can't be kept would be lost.
   */
  void prepare(String host) throws IOException {
    // What can't be compressed, since some file systems do that.
    byte[] room = new byte[ROOM_BYTES];
    new SecureRandom().nextBytes(room);
    write(prepared(host), Base64.getEncoder().encodeToString(room));
  }

  /** Keeps a certificate in the room that was taken for it, instead of the one before. */
  void keep(String host, KeyPair key, List<X509Certificate> chain) throws IOException {
    StringBuilder text = new StringBuilder(pem("PRIVATE KEY", key.getPrivate().getEncoded()));
    try {
      for (X509Certificate certificate : chain) {
        text.append(pem("CERTIFICATE", certificate.getEncoded()));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("the authority's certificate can't be written", e);
    }
    write(prepared(host), text.toString());
    rename(prepared(host), file(host));
  }

  private Path prepared(String host) {
    return folder.resolve(host + ".pem~");
  }

  /** Writes a file down to the disk, over what it has. */
  private static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(file, options, FILE_MODE)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        int _ = channel.write(left);
      }
      channel.truncate(bytes.length);
      channel.force(true);
    }
  }

  private void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Why something failed: the JDK's message is often the path alone. */
  static String reason(IOException e) {
    String kind = e.getClass().getSimpleName().replace("Exception", "");
    return kind.equals("IO") ? String.valueOf(e.getMessage()) : kind + " " + e.getMessage();
  }

  private static String pem(String label, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
  }
}
