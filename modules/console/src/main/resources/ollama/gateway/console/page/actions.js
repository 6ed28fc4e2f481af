// What is done: keys, the settings, models to load and to try.

import {
  act, announce, ask, byId, call, clone, count, fields, fill, gatewayNow, keyed, linesOf, make,
  named, onSeen, plural, put, say, show, took,
} from './dom.js';

const MINUTE_MILLIS = 60_000;
const AGAIN_MILLIS = 5_000;
const TURNS_MAX = 20;
const ANSWER_LENGTH_MAX = 200_000;

// Keys

async function refreshKeys() {
  showKeys(await (await call('keys')).json());
}

function showKeys(keys) {
  show(byId('keys-empty'), keys.length === 0);
  keyed(byId('key-rows'), keys, ({ id }) => id, createKey, updateKey);
}

const keyStates = new WeakMap();

function createKey() {
  const node = clone('t-key');
  const { change } = fields(node);
  change.addEventListener('click', () => act(change, () => changeKey(keyStates.get(node))));
  return node;
}

function updateKey(node, key) {
  keyStates.set(node, key);
  const hasExpired = key.expires && Date.parse(key.expires) <= gatewayNow();
  fill(node, {
    name: key.name || key.id, rights: key.admin ? 'admin' : 'use',
    state: key.disabled ? 'disabled' : hasExpired ? 'expired' : 'works',
    expires: key.expires ? key.expires.slice(0, 10) : 'never',
    change: key.disabled ? 'Enable' : 'Disable',
  });
  const { change, self } = fields(node);
  put(change, 'aria-label', `${key.disabled ? 'Enable' : 'Disable'} ${key.name || key.id}`);
  show(change, !key.self);
  show(self, key.self);
  node.classList.toggle('idle', key.disabled || Boolean(hasExpired));
}

async function changeKey({ id, name, disabled }) {
  if (!disabled && !await ask(`Disable ${named(name || id)}?`,
    'Requests with this key are refused from now on, until it is enabled again.', 'Disable')) {
    return;
  }
  const verb = disabled ? 'enable' : 'disable';
  await call(`keys/${encodeURIComponent(id)}/${verb}`, { method: 'POST' });
  announce(`${named(name || id)} is ${verb}d`);
  await refreshKeys();
}

async function makeKey() {
  const name = byId('key-name').value.trim();
  const headers = name ? { 'X-Key-Name': encodeURIComponent(name) } : {};
  const made = await (await call('keys', { method: 'POST', headers })).json();
  byId('key-name').value = '';
  await showNewKey(made);
  await refreshKeys();
}

function showNewKey({ name, id, key }) {
  const dialog = byId('new-key');
  const text = byId('new-key-text');
  say(byId('new-key-label'), `Key of ${named(name || id)}`);
  say(byId('new-key-copied'), '');
  text.value = key;
  byId('new-key-copy').onclick = () => copy(text);
  byId('new-key-close').onclick = () => dialog.close();
  dialog.showModal();
  byId('new-key-copy').focus();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      text.value = '';
      resolve();
    };
  });
}

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    say(byId('new-key-copied'), 'Copied.');
  } catch {
    // Without TLS a page has no clipboard.
    field.focus();
    field.select();
    say(byId('new-key-copied'), 'It is selected: press Ctrl+C or ⌘+C.');
  }
}

// Settings

async function reload() {
  show(byId('reload-error'), false);
  say(byId('reload-words'), '');
  try {
    const { changes } = await (await call('reload', { method: 'POST' })).json();
    showChanges(changes);
    const words = changes.length ? plural(changes.length, 'change') : 'Nothing has changed.';
    say(byId('reload-words'), words);
    announce(`The settings were read: ${words}`);
  } catch (e) {
    showChanges([]);
    say(byId('reload-error'), e.message);
    show(byId('reload-error'), true);
    announce('The settings couldn’t be read; the old ones hold', true);
  }
}

function showChanges(changes) {
  show(byId('reload-region'), changes.length > 0);
  byId('reload-rows').replaceChildren(...changes.map((change) => {
    const node = clone('t-change');
    fill(node, {
      path: change.path, before: change.before ?? '–', after: change.after ?? '–',
      holds: change.needsRestart ? 'after a restart' : 'now',
    });
    node.classList.toggle('restart', change.needsRestart);
    return node;
  }));
}

// Models

const models = { areSeen: false, askAt: 0 };

/** Asks once a minute at most, sooner where there was none, and only for what can be seen. */
async function refreshModels() {
  if (!models.areSeen || document.hidden || Date.now() < models.askAt) {
    return;
  }
  // Until it's known what came of it.
  models.askAt = Date.now() + MINUTE_MILLIS;
  let names = [];
  try {
    const answer = await (await call('api/tags')).json();
    names = answer.models.map(({ name }) => name).sort();
  } finally {
    if (names.length === 0) {
      models.askAt = Date.now() + AGAIN_MILLIS;
    }
  }
  for (const select of document.querySelectorAll('select.models')) {
    keyed(select, names, (name) => name, () => make('option'), (option, name) => {
      put(option, 'value', name);
      say(option, name);
    });
  }
}

let loading = null;

async function load() {
  const model = byId('load-model').value;
  if (!model) {
    announce('No server has a model', true);
    return;
  }
  const begin = performance.now();
  const words = byId('load-words');
  loading = new AbortController();
  showLoading(true);
  say(words, `${named(model)} loads; this may take minutes.`);
  try {
    await call('api/generate', { json: { model, stream: false }, signal: loading.signal });
    say(words, `${named(model)} is loaded, after ${took(performance.now() - begin)}.`);
    announce(`${named(model)} is loaded`);
  } catch (e) {
    const isLeft = e.name === 'AbortError';
    say(words, isLeft ? `${named(model)} isn’t waited for any longer; it may load all the same.`
      : e.message);
    if (!isLeft) {
      announce(`${named(model)} couldn’t be loaded`, true);
    }
  } finally {
    showLoading(false);
  }
}

function showLoading(runs) {
  const hadFocus = document.activeElement === byId('load-leave');
  show(byId('load-leave'), runs);
  show(byId('load-runs'), runs);
  if (hadFocus) {
    byId('load-start').focus();
  }
}

export async function unload(model) {
  const words = 'Every server that has it loaded unloads it. The next request for it waits until '
    + 'it is loaded again.';
  if (await ask(`Unload ${named(model)}?`, words, 'Unload')) {
    await call('api/generate', { json: { model, stream: false, keep_alive: 0 } });
    announce(`${named(model)} is unloaded`);
  }
}

// Try it

/** @type {{question: string, answer: string, nodes: Element[]}[]} */
let turns = [];
let answering = null;

function addTurn(who, text) {
  const node = clone('t-turn');
  fill(node, { who, text });
  byId('turns').append(node);
  return node;
}

async function send() {
  const question = byId('try-text').value;
  const model = byId('try-model').value;
  if (!question.trim() || answering) {
    return;
  }
  if (!model) {
    announce('No server has a model', true);
    return;
  }
  const messages = turns.filter(({ answer }) => answer).flatMap((turn) => [
    { role: 'user', content: turn.question },
    { role: 'assistant', content: turn.answer },
  ]);
  const nodes = [addTurn('You', question), addTurn(model, '')];
  byId('try-text').value = '';
  answering = new AbortController();
  showAnswering(true);
  const answer = await answered(nodes[1], {
    model, messages: [...messages, { role: 'user', content: question }], stream: true,
  });
  answering = null;
  showAnswering(false);
  if (nodes[0].isConnected) {
    turns.push({ question, answer, nodes });
    turns.splice(0, turns.length - TURNS_MAX).forEach((turn) => {
      turn.nodes.forEach((node) => node.remove());
    });
  }
}

/** The answer's text, as far as it came. */
async function answered(node, json) {
  const { text, thought, thinking, facts } = fields(node);
  const said = text.appendChild(new Text());
  const thoughts = thought.appendChild(new Text());
  const begin = performance.now();
  const { signal } = answering;
  let first = null;
  let id = '';
  let ending = '';
  say(facts, 'waits for the first token');
  try {
    const response = await call('api/chat', { json, signal });
    id = response.headers.get('X-Request-Id') ?? '';
    for await (const line of linesOf(response)) {
      const part = line ? JSON.parse(line) : {};
      if (part.error) {
        throw new Error(String(part.error.message ?? part.error));
      }
      const { content = '', thinking: idea = '' } = part.message ?? {};
      if (first === null && (content || idea)) {
        first = performance.now();
        say(facts, `first token after ${took(first - begin)}`);
      }
      said.appendData(content);
      thoughts.appendData(idea);
      show(thinking, thoughts.length > 0);
      if (said.length + thoughts.length > ANSWER_LENGTH_MAX) {
        throw new Error('The answer is too long for this page');
      }
      if (part.done) {
        ending = speedOf(part, performance.now() - first);
      }
    }
    announce('The answer is complete');
  } catch (e) {
    ending = signal.aborted ? 'stopped' : e.message;
    node.classList.toggle('failed', !signal.aborted);
    announce(signal.aborted ? 'Stopped' : e.message, !signal.aborted);
  }
  answering?.abort();
  say(facts, [first === null ? '' : `first token after ${took(first - begin)}`, ending,
    id && `request ${id}`].filter(Boolean).join(' · '));
  return said.data;
}

/** By the server's own clock where it tells; else by the time since the first token. */
function speedOf({ eval_count: tokenCount, eval_duration: nanos }, millis) {
  if (!tokenCount) {
    return '';
  }
  const seconds = nanos > 0 ? nanos / 1e9 : millis / 1000;
  return `${plural(tokenCount, 'token')}, ${count(Math.round(tokenCount / seconds))} a second`;
}

function showAnswering(runs) {
  const hadFocus = document.activeElement === byId('try-stop');
  show(byId('try-stop'), runs);
  if (hadFocus) {
    byId('try-text').focus();
  }
}

function clearTurns() {
  answering?.abort();
  turns = [];
  byId('turns').replaceChildren();
  byId('try-text').focus();
}

// All of them

function onSubmit(form, action) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    act(event.submitter, action);
  });
}

export function startActions() {
  const complain = (e) => announce(e.message, true);
  onSeen(['keys'], (isSeen) => isSeen && refreshKeys().catch(complain));
  onSeen(['try', 'load'], (areSeen) => {
    models.areSeen = areSeen;
    refreshModels().catch(complain);
  });
  // What fails while somebody looks was told as they came.
  setInterval(() => refreshModels().catch(() => {}), AGAIN_MILLIS);
  onSubmit('key-form', makeKey);
  onSubmit('try-form', send);
  byId('reload').addEventListener('click', () => act(byId('reload'), reload));
  byId('load-start').addEventListener('click', () => act(byId('load-start'), load));
  byId('load-leave').addEventListener('click', () => loading?.abort());
  byId('try-stop').addEventListener('click', () => answering?.abort());
  byId('try-clear').addEventListener('click', clearTurns);
  byId('try-text').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      byId('try-form').requestSubmit(byId('try-send'));
    }
  });
}
