package ollama.gateway.app.acme;

import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.http.tls.TlsFileException;
import ollama.gateway.http.tls.TlsIdentity;

/**
 * Certificates that are ordered from an authority.
 *
 * @param config the hosts, and from whom
 * @param authorities who vouches for the authority's address; none for those that Java trusts
 * @param folder where they are kept, those of this authority alone: what one made to try things out
 *     isn't taken for another's
 */
public record OrderedCertificates(
    AcmeConfig config, List<X509Certificate> authorities, Path folder) {

  /** Copies the list. */
  public OrderedCertificates {
    authorities = List.copyOf(authorities);
  }

  /**
   * Those of some settings.
   *
   * @param folder where those of all authorities are kept
   */
  public static OrderedCertificates of(
      AcmeConfig config, List<X509Certificate> authorities, Path folder) {
    URI directory = URI.create(config.directory());
    String name = (directory.getAuthority() + directory.getPath()).replaceAll("[^\\w.-]", "_");
    return new OrderedCertificates(config, authorities, folder.resolve(name));
  }

  /** A file for each host, which may not be there yet. */
  public List<Path> files() {
    AcmeFolder kept = new AcmeFolder(folder);
    return config.hosts().stream().map(kept::file).toList();
  }

  /**
   * What a host has by now.
   *
   * @throws TlsFileException if it has nothing, or nothing that can be used
   */
  public TlsIdentity identity(String host) throws TlsFileException {
    return new AcmeFolder(folder).read(host);
  }
}
