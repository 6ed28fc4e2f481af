/**
 * The request's way as one line of calls: own endpoint or forward, address rule, key, limit, pick a
 * server, forward, retry or not, relay, record. Nothing is retried after the client got a byte, and
 * the record is written whatever happened.
 */
@NullMarked
package ollama.gateway.proxy;

import org.jspecify.annotations.NullMarked;
