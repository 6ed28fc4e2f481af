// The session, what the gateway tells as it happens, the servers and the line.

import { startActions, unload } from './actions.js';
import {
  act, announce, ask, byId, call, clone, count, drawn, fields, fill, keyed, named, plural,
  put, say, setClock, show, tell, took, when, wordsOf,
} from './dom.js';
import { follow, seen } from './events.js';
import { showHour } from './hour.js';
import { showInFlight } from './inflight.js';
import { recentRequests, showRecent } from './recent.js';
import { startUsage } from './usage.js';

const TITLE = document.title;
const RETRY_MILLIS = 1000;
const RETRY_MILLIS_MAX = 15_000;
/** The last hour is told every 10 s: a stream that is still for longer is broken. */
const SILENCE_MILLIS_MAX = 35_000;
/** Models of one server that aren't loaded. */
const IDLE_MODELS_MAX = 4;
const SLOTS_DRAWN_MAX = 32;

const STATES = { up: 'up', down: 'down', draining: 'draining', ejected: 'ejected for failing' };

let status = null;
let isConnected = false;
let isWatching = false;
let hasLoggedIn = false;

function showStatus(told) {
  status = told;
  say(byId('version'), told.version);
  showHead();
  showServers();
  showLine();
}

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

const inState = (name) => status.servers.filter(({ state }) => state === name).length;

function showHead() {
  const counts = Object.keys(STATES).map((name) => [name, inState(name)]);
  const others = counts.filter(([name, n]) => name !== 'up' && n > 0)
    .map(([name, n]) => `${n} ${name}`);
  const waiting = sum(Object.values(status.waiting));
  const up = `${inState('up')} of ${plural(status.servers.length, 'server')} up`;
  say(byId('state-words'), [
    others.length ? `${up} (${others.join(', ')})` : up,
    `${count(status.inFlight)}\u00a0in\u00a0flight`, `${count(waiting)}\u00a0waiting`,
    ...sharedWords(),
  ].join(' · '));
  put(byId('state-mark'), 'data-state', worst());
  const { input, cached, output } = status.tokens;
  say(byId('totals'), `${plural(status.requests, 'request')}, ${count(status.failed)} failed, `
    + `${count(input)} tokens read (${count(cached)} of them from a cache), `
    + `${count(output)} written since ${startText()}`);
  showTitle();
}

function sharedWords() {
  if (!status.shared) return [];
  return [status.shared.up ? `one\u00a0of\u00a0${count(status.shared.replicas)}\u00a0gateways`
    : 'the store that gateways share can\u2019t be reached'];
}

const startText = () => new Date(status.startedAt).toLocaleString('en-GB',
  { dateStyle: 'medium', timeStyle: 'short' });

const worst = () =>
  ['down', 'ejected', 'draining', 'up'].find((name) => inState(name) > 0) ?? 'down';

/** Draining isn't in it: somebody wants it so. */
function showTitle() {
  const wrong = ['down', 'ejected'].filter((name) => status && inState(name) > 0)
    .map((name) => `${inState(name)} ${name}`);
  if (!isConnected) {
    wrong.unshift('no connection');
  }
  const title = wrong.length ? `● ${wrong.join(', ')} – ${TITLE}` : TITLE;
  if (document.title !== title) {
    document.title = title;
  }
}

function showServers() {
  show(byId('servers-empty'), status.servers.length === 0);
  keyed(byId('server-cards'), status.servers, ({ name }) => name, createServer, updateServer);
}

function createServer({ name }) {
  const node = clone('t-server');
  const { drain } = fields(node);
  drain.addEventListener('click', () => act(drain, () => toggleDrain(name)));
  return node;
}

async function toggleDrain(name) {
  const isDraining = status.servers.find((server) => server.name === name)?.state === 'draining';
  const words = 'It gets no new requests until it is resumed. Those that it answers now go on.';
  if (!isDraining && !await ask(`Drain ${named(name)}?`, words, 'Drain')) {
    return;
  }
  await call(`servers/${encodeURIComponent(name)}/${isDraining ? 'resume' : 'drain'}`,
    { method: 'POST' });
  announce(`${named(name)} gets ${isDraining ? 'requests again' : 'no new requests'}`);
}

function updateServer(node, server) {
  const isDraining = server.state === 'draining';
  fill(node, {
    name: server.name, state: STATES[server.state] ?? server.state, url: server.url,
    error: server.lastError ? `Last error: ${server.lastError}` : '',
    inFlight: count(server.inFlight), share: shareOf(server.name),
    drain: isDraining ? 'Resume' : 'Drain', caption: `Models of ${server.name}`,
  });
  const { mark, since, models, more, drain } = fields(node);
  put(mark, 'data-state', server.state);
  put(node, 'data-state', server.state);
  put(drain, 'aria-label', `${isDraining ? 'Resume' : 'Drain'} ${server.name}`);
  when(since, server.since);
  const all = modelsOf(server);
  const loaded = all.filter((model) => model.loaded);
  const idle = all.filter((model) => !model.loaded);
  const rows = [...loaded, ...idle.slice(0, IDLE_MODELS_MAX)];
  show(models.parentNode, rows.length > 0);
  keyed(models, rows, ({ name }) => name, createModel, updateModel);
  const unshown = idle.length - IDLE_MODELS_MAX;
  say(more, rows.length === 0 ? 'No model is loaded.'
    : unshown > 0 ? `and ${plural(unshown, 'model')} not loaded` : '');
}

/**
 * What a server was good for of late: its part of the last requests, and how much sooner their
 * first token was expected here than on the next best, on average.
 */
function shareOf(server) {
  const latest = recentRequests();
  const mine = latest.filter((request) => request.server === server);
  if (latest.length === 0) {
    return '';
  }
  const gains = mine.map(gainOf).filter((gain) => gain !== null);
  const mean = gains.reduce((all, gain) => all + gain, 0) / gains.length;
  const part = `took ${mine.length} of the last ${plural(latest.length, 'request')}`;
  return gains.length > 0 && mean >= 1
    ? `${part}; first token expected ${took(mean)} sooner than elsewhere` : part;
}

/** @param {import('./recent.js').Request} request */
function gainOf({ server, why }) {
  const own = why?.find((cost) => cost.server === server);
  const others = (why ?? []).filter((cost) => cost.eligible && cost.server !== server);
  return own && others.length > 0
    ? Math.min(...others.map((cost) => cost.totalMillis)) - own.totalMillis : null;
}

/** What is learned of a model from its answers is known sooner than what its server lists. */
function modelsOf({ loaded, learned }) {
  const models = new Map(loaded.map(({ name, contextLength }) =>
    [name, { name, contextLength, loaded: true }]));
  for (const { model, ...rest } of learned) {
    models.set(model, { ...models.get(model), name: model, ...rest });
  }
  return [...models.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function createModel({ name }) {
  const node = clone('t-model');
  const button = fields(node).unload;
  put(button, 'aria-label', `Unload ${name}`);
  button.addEventListener('click', () => act(button, () => unload(name)));
  return node;
}

function updateModel(node, model) {
  fill(node, {
    name: model.name,
    context: model.loaded ? contextText(model.contextLength) : '',
    reads: count(model.promptTokensPerSecond), writes: count(model.answerTokensPerSecond),
    loads: took(model.loadMillis), takes: took(model.serviceMillis),
  });
  node.classList.toggle('idle', !model.loaded);
  show(fields(node).unload, model.loaded);
  showSlots(fields(node).slots, model);
}

const contextText = (length) => (!length ? ''
  : length % 1024 ? `${count(length)} ctx` : `${count(length / 1024)}K ctx`);

function showSlots(cell, { loaded, slots, inFlight = 0 }) {
  const words = !loaded ? 'not loaded' : slots ? `${inFlight} of ${slots} slots busy`
    : `${inFlight} busy`;
  if (cell.dataset.words === words) {
    return;
  }
  cell.dataset.words = words;
  cell.title = words;
  if (!loaded || !slots) {
    say(cell, words);
    return;
  }
  const cells = Math.min(slots, SLOTS_DRAWN_MAX);
  const busy = Math.round(Math.min(1, inFlight / slots) * cells);
  const plot = drawn('svg', {
    role: 'img', 'aria-label': words, class: 'slots', viewBox: `0 0 ${cells} 1`,
    width: Math.min(72, cells * 9), height: 12, preserveAspectRatio: 'none',
  });
  for (let i = 0; i < cells; i++) {
    plot.append(drawn('rect', {
      x: i + 0.08, y: 0.05, width: 0.84, height: 0.9, class: i < busy ? 'busy' : 'free',
    }));
  }
  cell.replaceChildren(plot);
}

function showLine() {
  const classes = ['interactive', 'normal', 'batch'].map((name) =>
    `${count(status.waiting[name] ?? 0)} ${name}`);
  const nobody = sum(Object.values(status.waiting)) === 0;
  say(byId('line-words'), nobody ? 'Nobody waits.' : classes.join(' · '));
  show(byId('line-region'), status.longestWaiting.length > 0);
  keyed(byId('line-rows'), status.longestWaiting,
    ({ model, key, priority }) => JSON.stringify([model, key, priority]),
    () => clone('t-waiting'), (node, one) => fill(node, {
      place: one.place, model: one.model, key: one.key, priority: one.priority,
      waited: took(one.waitedMillis), expected: took(one.expectedMillis || null),
    }));
}

const TOLD = {
  status: showStatus,
  inflight: showInFlight,
  hour: showHour,
  requests(told) {
    showRecent(told);
    if (status) {
      showServers();
    }
  },
};

/**
 * One stream of events, until it breaks. It is fetched because an `EventSource` tells neither
 * that nobody is logged in nor why there may be no further stream.
 *
 * @returns whether to try again
 */
async function stream(onEvent) {
  const stop = new AbortController();
  let silence;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE_MILLIS_MAX);
  };
  alive();
  const hide = () => stop.abort();
  document.addEventListener('visibilitychange', hide, { once: true });
  try {
    const response = await fetch('events',
      { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: stop.signal });
    if (response.status === 401) {
      loggedOut();
      return false;
    }
    if (!response.ok) {
      say(byId('trouble'), `${await wordsOf(response)}. Trying again`);
      return true;
    }
    setClock(response.headers.get('Date'));
    connected();
    await follow(response, TOLD, () => {
      alive();
      onEvent();
    });
    lost();
  } catch (e) {
    if (!document.hidden) {
      lost();
      console.warn('The stream of events broke', e);
    }
  } finally {
    clearTimeout(silence);
    document.removeEventListener('visibilitychange', hide);
    isConnected = false;
  }
  return true;
}

/** Streams one after the other, but never two at once. */
async function watch() {
  if (isWatching) {
    return;
  }
  isWatching = true;
  let pause = RETRY_MILLIS;
  if (document.hidden) {
    await seen();
  }
  while (await stream(() => { pause = RETRY_MILLIS; })) {
    showTitle();
    await (document.hidden ? seen() : new Promise((resolve) => { setTimeout(resolve, pause); }));
    pause = Math.min(pause * 2, RETRY_MILLIS_MAX);
  }
  isWatching = false;
}

function connected() {
  isConnected = true;
  say(byId('trouble'), '');
  showTitle();
  if (byId('app').hidden) {
    const isNew = !byId('login').hidden;
    show(byId('login'), false);
    ['app', 'nav', 'state', 'logout'].forEach((id) => show(byId(id), true));
    startActions();
    startUsage();
    if (isNew) {
      byId('servers-h').focus();
    }
  }
}

const lost = () => say(byId('trouble'), 'Connection lost, trying again. What is shown may be old.');

function loggedOut() {
  if (!byId('app').hidden) {
    location.reload();
    return;
  }
  say(byId('trouble'), '');
  show(byId('login'), true);
  if (hasLoggedIn) {
    say(byId('login-error'), 'The key is right, but the browser kept no session: '
      + 'it may refuse cookies, or those of a page without TLS.');
  }
  byId('login-key').focus();
}

async function login() {
  const field = byId('login-key');
  const key = field.value.trim();
  say(byId('login-error'), '');
  if (!/^[!-~]+$/.test(key)) {
    say(byId('login-error'), 'A key can’t have spaces or characters beyond ASCII: '
      + 'none can be sent like that.');
    return;
  }
  let response;
  try {
    response = await fetch('login',
      { method: 'POST', headers: { Authorization: `Bearer ${key}` }, cache: 'no-store' });
  } catch {
    say(byId('login-error'), 'The gateway can’t be reached');
    return;
  }
  if (!response.ok) {
    say(byId('login-error'), await wordsOf(response));
    field.select();
    return;
  }
  field.value = '';
  hasLoggedIn = true;
  watch();
}

async function logout() {
  await call('logout', { method: 'POST' });
  location.reload();
}

function listen() {
  byId('login-form').addEventListener('submit', (event) => {
    event.preventDefault();
    act(event.submitter, login);
  });
  byId('logout').addEventListener('click', () => act(byId('logout'), logout));
  byId('said-close').addEventListener('click', () => announce(''));
}

/** Times are told anew each second, where they can be seen. */
function tick() {
  const seen = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      seen[isIntersecting ? 'add' : 'delete'](target);
    }
  });
  document.querySelectorAll('#app > section').forEach((section) => observer.observe(section));
  setInterval(() => {
    if (!document.hidden) {
      seen.forEach((section) => section.querySelectorAll('time').forEach(tell));
    }
  }, 1000);
}

listen();
tick();
watch();
