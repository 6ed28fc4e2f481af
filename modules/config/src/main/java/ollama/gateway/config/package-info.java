/**
 * The settings as records: every value is checked once, when the file is read, and every problem is
 * reported at once with its line and column. After that a setting is immutable and never null;
 * absent and {@code null} values of the file have become their defaults. {@link
 * ollama.gateway.config.ConfigLoader} reads a file, {@link ollama.gateway.config.ConfigWriter} adds
 * a key to one and leaves every other byte as it was. The Javadoc of the records is the manual.
 */
@NullMarked
package ollama.gateway.config;

import org.jspecify.annotations.NullMarked;
