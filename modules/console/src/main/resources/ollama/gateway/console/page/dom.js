// What all sections share: elements, words for numbers, calls to the gateway, dialogs.

const SVG = 'http://www.w3.org/2000/svg';
const ERROR_SHOWN_MAX = 4000;
const NAME_SHOWN_MAX = 60;
const SAID_MILLIS = 10_000;
/** As the style sheet has it. */
const SHORT_ROWS = 12;

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** How far the gateway's clock is before the browser's, in milliseconds. */
let clockAhead = 0;

export const byId = (id) => document.getElementById(id);

export function make(tag, text = '', className = '') {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) {
    node.className = className;
  }
  return node;
}

export function drawn(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  return node;
}

export function clone(templateId) {
  return byId(templateId).content.firstElementChild.cloneNode(true);
}

const fieldsOf = new WeakMap();

/** The elements of a cloned template by their `data-f`. */
export function fields(node) {
  let found = fieldsOf.get(node);
  if (!found) {
    found = {};
    for (const field of node.querySelectorAll('[data-f]')) {
      found[field.dataset.f] = field;
    }
    fieldsOf.set(node, found);
  }
  return found;
}

/** Changes a text where it stands, and only if it changes, so that a selection outlives it. */
export function say(node, text) {
  const words = String(text ?? '');
  const first = node.firstChild;
  if (first?.nodeType === Node.TEXT_NODE && first === node.lastChild) {
    if (first.data !== words) {
      first.data = words;
    }
  } else if (node.textContent !== words) {
    node.textContent = words;
  }
}

/** Says each text in the field of its name; what is cut on the screen can be read as its title. */
export function fill(node, texts) {
  const found = fields(node);
  for (const [name, text] of Object.entries(texts)) {
    say(found[name], text);
    if (found[name].matches('.cut, .clamp')) {
      put(found[name], 'title', text ?? '');
    }
  }
}

export function put(node, attribute, value) {
  if (node.getAttribute(attribute) !== String(value)) {
    node.setAttribute(attribute, value);
  }
}

export function show(node, isShown) {
  if (node.hidden === isShown) {
    node.hidden = !isShown;
  }
}

const keptRows = new WeakMap();

/**
 * Makes a parent's children those of the items. What stays isn't made anew or moved without need:
 * it keeps its focus. A table's head stays before them.
 */
export function keyed(parent, items, keyOf, create, update) {
  const old = keptRows.get(parent) ?? new Map();
  const kept = new Map();
  for (const item of items) {
    let key = String(keyOf(item));
    while (kept.has(key)) {
      key += '\n';
    }
    const node = old.get(key) ?? create(item);
    old.delete(key);
    kept.set(key, node);
    update(node, item);
  }
  old.forEach((node) => node.remove());
  let place = parent.tHead ? parent.tHead.nextElementSibling : parent.firstElementChild;
  for (const node of kept.values()) {
    if (node === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  keptRows.set(parent, kept);
}

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

/** 1,234 or 12.3K; what isn't known is a dash. */
export function count(value) {
  if (!isNumber(value)) {
    return '–';
  }
  const isWhole = Math.abs(value) < 10_000 && Number.isInteger(value);
  return (isWhole ? whole : compact).format(value);
}

export const percent = (part, all) => (all > 0 ? percents.format(part / all) : '–');

export function took(millis) {
  if (!isNumber(millis)) {
    return '–';
  }
  if (millis < 1000) {
    return `${Math.round(millis)} ms`;
  }
  const seconds = Math.round(millis / 1000);
  if (millis < 9950) {
    return `${(millis / 1000).toFixed(1)} s`;
  }
  return seconds > 60 && seconds < 600 && seconds % 60
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : span(seconds);
}

/** In one unit: it is read at a glance, and changes seldom. */
function span(seconds) {
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min`;
  }
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export function setClock(dateHeader) {
  const ahead = Date.parse(dateHeader) - Date.now();
  clockAhead = Math.abs(ahead) > 3000 ? ahead : 0;
}

export const gatewayNow = () => Date.now() + clockAhead;

export const dateText = (iso) => dates.format(new Date(iso));

/** Sets a moment on a `time` element; `tell` keeps its words true. */
export function when(node, iso) {
  if (iso && node.dateTime !== iso && !Number.isNaN(Date.parse(iso))) {
    node.dateTime = iso;
    node.title = dateText(iso);
  }
  tell(node);
}

export function tell(node) {
  const seconds = Math.max(0, Math.floor((gatewayNow() - Date.parse(node.dateTime)) / 1000));
  if (Number.isNaN(seconds)) {
    say(node, '–');
  } else if (node.dataset.how === 'for') {
    say(node, span(seconds));
  } else {
    say(node, seconds < 1 ? 'now' : `${span(seconds)} ago`);
  }
}

/**
 * A name as a part of a sentence: whatever is in it, it turns no other words around, and it leaves
 * room for them.
 */
export function named(name) {
  const text = [...String(name)];
  const short = text.length > NAME_SHOWN_MAX ? [...text.slice(0, NAME_SHOWN_MAX), '…'] : text;
  return `\u2068${short.join('')}\u2069`;
}

/** What the gateway says went wrong. */
export async function wordsOf(response) {
  const text = (await response.text().catch(() => '')).slice(0, ERROR_SHOWN_MAX);
  try {
    const { error } = JSON.parse(text);
    return String(error?.message ?? error ?? text);
  } catch {
    return text || `The gateway answered ${response.status}`;
  }
}

/** A server may refuse the gateway's own key, which says nothing of the login. */
async function isLoggedOut(path) {
  return !path.startsWith('api/') || (await fetch('session', { cache: 'no-store' })).status === 401;
}

/**
 * Asks the gateway. Paths are relative to the page's, whatever is before it.
 *
 * @throws Error with words to show, unless it was aborted
 */
export async function call(path, { json, ...options } = {}) {
  if (json) {
    options.method = 'POST';
    options.headers = { ...options.headers, 'Content-Type': 'application/json' };
    options.body = JSON.stringify(json);
  }
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', ...options });
  } catch (e) {
    throw e.name === 'AbortError' ? e : new Error('The gateway can’t be reached');
  }
  if (response.status === 401 && await isLoggedOut(path)) {
    // The page begins anew at its login: nothing that was shown outlives the session.
    location.reload();
    return new Promise(() => {});
  }
  if (!response.ok) {
    throw new Error(await wordsOf(response));
  }
  return response;
}

/** The lines of an answer as they come; one that is longer than the limit ends it. */
export async function* linesOf(response, lengthMax = 8_000_000) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        break;
      }
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      if (rest.length > lengthMax) {
        throw new Error('The gateway sent a line that is too long');
      }
      for (const line of lines) {
        yield line.endsWith('\r') ? line.slice(0, -1) : line;
      }
    }
    if (rest) {
      yield rest;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Tells whether any of these sections is in view, each time that one comes or goes. */
export function onSeen(ids, action) {
  const shown = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      shown[isIntersecting ? 'add' : 'delete'](target);
    }
    action(shown.size > 0);
  });
  ids.forEach((id) => observer.observe(byId(id)));
}

/** Tells where somebody points at, as a part of the width; null where nobody does. */
export function onPoint(node, action) {
  node.addEventListener('pointermove', (event) => {
    const { left, width } = node.getBoundingClientRect();
    action((event.clientX - left) / width);
  });
  node.addEventListener('pointerleave', () => action(null));
}

/** Lets a table show but its first rows until it is asked for all. */
export function offerAll(table, rows) {
  const button = document.querySelector(`[aria-controls="${table.id}"]`);
  show(button, rows > SHORT_ROWS);
  button.onclick = () => {
    const isShort = table.classList.toggle('short');
    put(button, 'aria-expanded', !isShort);
    say(button, isShort ? 'Show all' : 'Show fewer');
  };
}

let saidTimer = 0;

/** Tells what an action came to; what went wrong stays until it is dismissed. */
export function announce(text, isBad = false) {
  const box = byId('said');
  box.classList.toggle('is-bad', isBad);
  show(box, text !== '');
  say(byId('said-words'), '');
  clearTimeout(saidTimer);
  // Said after it is shown: a screen reader hears of changes alone.
  saidTimer = setTimeout(() => {
    say(byId('said-words'), text);
    saidTimer = isBad ? 0 : setTimeout(() => show(box, false), SAID_MILLIS);
  }, 50);
}

/** Runs an action once at a time for its button, which keeps its focus meanwhile. */
export async function act(button, action) {
  if (button.getAttribute('aria-disabled') === 'true') {
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  try {
    await action();
  } catch (e) {
    if (e.name !== 'AbortError') {
      announce(e.message, true);
    }
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

export function ask(title, words, yes) {
  const dialog = byId('ask');
  say(byId('ask-h'), title);
  say(byId('ask-words'), words);
  say(byId('ask-yes'), yes);
  return new Promise((resolve) => {
    byId('ask-yes').onclick = () => dialog.close('yes');
    byId('ask-no').onclick = () => dialog.close('no');
    dialog.onclose = () => resolve(dialog.returnValue === 'yes');
    dialog.returnValue = 'no';
    dialog.showModal();
    byId('ask-no').focus();
  });
}
