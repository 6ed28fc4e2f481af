/**
 * Who used how many tokens, and whether that is within the quotas.
 *
 * <p>A {@link ollama.gateway.usage.Ledger} counts the tokens of each answer for its key, model and
 * day (UTC), and for three windows of its key: the last minute, the day and the month. Keys are
 * known by their digest alone, so another name changes nothing. What runs is reserved by an
 * estimate before and given back after, so that many requests at once can't all have the last
 * token. The minute slides in steps of a second. Day and month are those of the calendar; two of
 * each are remembered, so that a clock that is wrong for a while and comes back finds what was
 * counted. When the clock goes back, what is in the minute stays as old as it was.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>What is recorded is written within a second, all that came meanwhile with one write and one
 *       {@code fdatasync}, by one thread, which sleeps while nothing is recorded. A process that is
 *       killed loses at most that second, and what was being written.
 *   <li>A power loss loses no more where the disk does as it is told and the file system keeps the
 *       order of a renaming; else it may lose what came since the file was replaced last, or leave
 *       a damaged file.
 *   <li>{@link ollama.gateway.usage.Ledger#close} writes all.
 *   <li>While nothing can be written, everything is in memory, and written when it can be.
 *   <li>Before each write, and at the end, is looked whether lock and journal are still the files
 *       by whose names others know them. If not, because they were moved, removed or replaced, the
 *       directory is locked anew, and all that is known is written anew. What somebody has put into
 *       the journal's place is set aside. Where another has the lock by then, all is in memory
 *       until that one has ended.
 *   <li>Nothing is counted twice, whatever was written twice: records say how much it is, not how
 *       much more.
 *   <li>Memory and file are bounded by {@link ollama.gateway.usage.Bounds}. The file is replaced by
 *       one with only what holds when it is larger than 1 MiB and four times that; where that
 *       fails, it grows to twice this size and no further.
 * </ul>
 *
 * <h2>The directory</h2>
 *
 * <ul>
 *   <li>{@code usage.lock} is empty, and locked (POSIX, the whole file) by who writes. Whoever
 *       doesn't get the lock, from this process or another one, counts in memory, tries again each
 *       second while something is recorded, and when it gets the lock puts what the file says on
 *       top, but for what it had written there itself before it lost the lock. The lock dies with
 *       its process. Who only reads needs no lock.
 *   <li>{@code usage.journal} is the state, see below.
 *   <li>{@code usage.journal.new} is the next one while it is written; when it is whole and on the
 *       disk, it takes the name. One that is left over is of no use.
 *   <li>{@code usage.journal.broken-20251231T235959Z} is one that was damaged; three are kept.
 * </ul>
 *
 * <p>Directory and files are for their owner alone.
 *
 * <h2>The journal</h2>
 *
 * <p>Numbers are big-endian, and signed where that matters. The file begins with 16 bytes: {@code
 * OGWUSAGE}, the version 1 in 4 bytes, and 4 of zero. Then come records, each of
 *
 * <pre>
 *  4  CRC-32C of all that follows
 *  4  length of the payload, 1 to 1043
 *  1  kind: first byte of the payload
 *  …  the rest of the payload
 * </pre>
 *
 * <p>Kind 1 is a row, how much a key has used of a model on a day. Of two for the same, the one
 * with more requests holds:
 *
 * <pre>
 * 32  the key's digest
 *  4  the day, since 1970-01-01
 *  8  requests, at least 1
 *  8  estimated ones among them
 *  8  tokens of prompts
 *  8  cached ones among them
 *  8  tokens of completions
 *  2  length of the model's name in bytes
 *  …  the name, UTF-8
 * </pre>
 *
 * <p>Kind 2 is a key, how much it has used in its windows. Of two for the same day or month, the
 * one with more tokens holds, and for the same second the later one:
 *
 * <pre>
 * 32  the key's digest
 *  1  1 if nothing is known of seconds that don't follow, 0 if what was said of them holds
 *  4  a day, since 1970-01-01; the smallest number for none; also below
 *  8  tokens of that day
 *  4  another day
 *  8  tokens of that one
 *  4  a month, since January of the year 0
 *  8  tokens of that month
 *  4  another month
 *  8  tokens of that one
 *  1  how many seconds follow, each as
 *       8  the second, since 1970-01-01T00:00:00Z
 *       8  tokens of that second
 * </pre>
 *
 * <p>Kind 3 has nothing more: with it, the snapshot ends that the file began with.
 *
 * <p>A file that ends with something that is no whole record is torn: the part is cut off. One that
 * has a whole record behind something that is none, or doesn't begin with those 16 bytes, or has a
 * record with a checksum that is right and a content that isn't, is damaged: it is set aside, and
 * what is whole of it, before and behind the damage, goes into a new one. A record that isn't whole
 * says nothing.
 */
@NullMarked
package ollama.gateway.usage;

import org.jspecify.annotations.NullMarked;
