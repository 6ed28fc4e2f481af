// Events that the gateway sends, as far as the page has to do with their form.

import { linesOf } from './dom.js';

/**
 * Tells the events of a stream; returns as it ends.
 *
 * @param {Response} response
 * @param {Object<string, function(object)>} told by the names of events
 * @param {function()} onLine is told that the gateway is there
 */
export async function follow(response, told, onLine) {
  let name = '';
  for await (const line of linesOf(response)) {
    onLine();
    if (line.startsWith('event:')) {
      name = line.slice(6).trim();
    } else if (line.startsWith('data:')) {
      told[name]?.(JSON.parse(line.slice(5)));
    } else if (line === '') {
      name = '';
    }
  }
}

/** A page that nobody sees holds no connection: a browser has six for all of them. */
export function seen() {
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', resolve, { once: true });
  });
}
