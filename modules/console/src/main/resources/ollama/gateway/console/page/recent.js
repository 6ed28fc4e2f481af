// What was: requests that ended, and failures.

import {
  byId, clone, count, dateText, fields, fill, keyed, make, offerAll, plural, say, show, took,
  when,
} from './dom.js';

/**
 * @typedef {object} Request one that has ended
 * @property {string} id
 * @property {string} server where it was answered
 * @property {{server: string, eligible: boolean, waitMillis: number, loadMillis: number,
 *   prefillMillis: number, totalMillis: number}[]} why what each server would have cost
 */

const requestKey = ({ id, time }) => `${id} ${time}`;

let latest = [];
/** Keys of the requests that the table shows, and those of them that are open. */
let shown = new Set();
const opened = new Set();

/** @param {{requests: Request[], failures: object[]}} told */
export function showRecent(told) {
  latest = told.requests;
  showRequests();
  showFailures(told.failures);
}

/** An open request stays where it is read: the table waits until it is closed. */
function showRequests() {
  if (opened.size > 0) {
    const newer = latest.filter((request) => !shown.has(requestKey(request))).length;
    say(byId('requests-words'), newer
      ? `Stands still while a request is open: ${plural(newer, 'newer one')}` : '');
    return;
  }
  shown = new Set(latest.map(requestKey));
  say(byId('requests-words'), latest.length ? `the last ${latest.length}, newest first` : '');
  show(byId('requests-region'), latest.length > 0);
  show(byId('requests-empty'), latest.length === 0);
  offerAll(byId('requests-table'), latest.length);
  keyed(byId('requests-table'), latest, requestKey, createRequest, updateRequest);
}

function createRequest(request) {
  const node = clone('t-request');
  const button = fields(node).open;
  button.addEventListener('click', () => toggle(node, button, request));
  return node;
}

function toggle(node, button, request) {
  const opens = button.getAttribute('aria-expanded') === 'false';
  button.setAttribute('aria-expanded', opens);
  if (opens) {
    opened.add(node);
    node.append(whyOf(request));
  } else {
    opened.delete(node);
    node.lastElementChild.remove();
    showRequests();
  }
}

function updateRequest(node, request) {
  fill(node, {
    model: request.model, key: request.key, server: request.server,
    status: request.note ? `${request.status} ${request.note}` : request.status,
    waited: request.waitedMillis > 0 ? took(request.waitedMillis) : '–',
    first: took(request.firstTokenMillis), took: took(request.durationMillis),
    read: count(request.inputTokens), written: count(request.outputTokens),
  });
  node.classList.toggle('failed', request.status >= 400);
  when(fields(node).time, request.time);
}

function whyOf(request) {
  const node = clone('t-why');
  const { facts, table, rows } = fields(node);
  const told = {
    Ended: dateText(request.time), Request: request.id, Route: request.route, Key: request.key,
    Model: request.model, Server: request.server, Note: request.note,
    Waited: took(request.waitedMillis), 'First token': took(request.firstTokenMillis),
    Tokens: `${count(request.inputTokens)} read, ${count(request.outputTokens)} written`,
  };
  for (const [name, text] of Object.entries(told)) {
    if (text) {
      const fact = make('div');
      fact.append(make('dt', name), make('dd', text));
      facts.append(fact);
    }
  }
  const why = request.why ?? [];
  show(table, why.length > 0);
  if (why.length === 0) {
    const words = request.server ? 'No costs were estimated.' : 'No server was chosen for it.';
    facts.after(make('p', words, 'dim'));
  }
  rows.append(...why.map((cost) => costRow(cost, cost.server === request.server)));
  return node;
}

function costRow(cost, isChosen) {
  const row = make('tr', '', isChosen ? 'chosen' : '');
  const name = make('th', cost.server);
  name.scope = 'row';
  if (isChosen) {
    name.append(make('span', 'chosen', 'sub'));
  }
  row.append(name);
  if (cost.eligible) {
    const parts = [cost.waitMillis, cost.loadMillis, cost.prefillMillis, cost.totalMillis];
    row.append(...parts.map((millis) => make('td', took(millis), 'num')));
  } else {
    const none = make('td', 'couldn’t take it', 'dim');
    none.colSpan = 4;
    row.append(none);
  }
  return row;
}

/** @returns {Request[]} those that the gateway still knows, newest first */
export const recentRequests = () => latest;

function showFailures(failures) {
  show(byId('failures-region'), failures.length > 0);
  show(byId('failures-empty'), failures.length === 0);
  offerAll(byId('failures-table'), failures.length);
  keyed(byId('failure-rows'), failures,
    ({ status, route, reason }) => JSON.stringify([status, route, reason]),
    () => clone('t-failure'), (node, failure) => {
      fill(node, {
        status: failure.status, count: count(failure.count), reason: failure.reason,
        route: failure.route, server: failure.server, key: failure.key, id: failure.id,
      });
      when(fields(node).last, failure.last);
    });
}
