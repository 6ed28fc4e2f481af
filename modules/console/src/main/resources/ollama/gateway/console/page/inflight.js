// Requests that aren't over.

import { byId, clone, count, fields, fill, keyed, offerAll, plural, say, show, when } from './dom.js';

/**
 * @typedef {object} InFlight
 * @property {string} id
 * @property {string} route
 * @property {string} model empty where that isn't known, or not yet
 * @property {string} key
 * @property {string} client its address
 * @property {string} server empty while none is asked
 * @property {boolean} waits whether it is in the line
 * @property {string} startedAt
 * @property {boolean} streamed
 * @property {?number} pieces that have come of its answer
 */

/** @param {{longestInFlight: InFlight[], moreInFlight: number}} told */
export function showInFlight({ longestInFlight: longest, moreInFlight: more }) {
  const words = longest.length > 0 ? plural(longest.length, 'request') : '';
  say(byId('inflight-words'), more > 0
    ? `the ${longest.length} that run for longest, and ${count(more)} more`
    : longest.length > 1 ? `${words}, the longest first` : words);
  show(byId('inflight-region'), longest.length > 0);
  show(byId('inflight-empty'), longest.length === 0);
  offerAll(byId('inflight-table'), longest.length);
  keyed(byId('inflight-rows'), longest, ({ id, startedAt }) => `${id} ${startedAt}`,
    () => clone('t-inflight'), update);
}

/** @param {InFlight} request */
function update(node, request) {
  fill(node, {
    model: request.model || '–', key: request.key || '–',
    server: request.waits ? 'in the line' : request.server || '–',
    pieces: request.streamed ? count(request.pieces) : '–',
    route: request.route, client: request.client,
  });
  node.classList.toggle('idle', request.waits);
  when(fields(node).since, request.startedAt);
}
