// What was: the last hour's charts, requests that ended, failures, usage.

import {
  byId, call, clone, count, dateText, fields, fill, gatewayNow, keyed, make, offerAll, onPoint,
  onSeen, percent, plural, put, say, show, took, when,
} from './dom.js';

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;
const USED_ROWS_MAX = 20;
const SLOTS = 360;
/** Buckets that make one bar: 360 of them would be thinner than a pixel. */
const PER_BAR = 3;
const PER_MINUTE = 6;
const HEIGHT = 100;

/**
 * @typedef {object} Bucket
 * @property {number} requests
 * @property {number} failed
 * @property {number} read
 * @property {number} written
 * @property {?number} median
 * @property {?number} tail
 */
const bucketOf = ([requests, failed, read, written, median, tail]) =>
  ({ requests: Math.max(0, requests - failed), failed, read, written, median, tail });

/** The last hour's charts; amounts are rates of so many seconds. */
const CHARTS = [
  {
    id: 'requests', title: 'Requests', unit: 'a minute', draw: amounts, sameScale: true,
    a: 'requests', nameA: 'answered', b: 'failed', nameB: 'failed', seconds: 60, words: rate,
  },
  {
    id: 'tokens', title: 'Tokens', unit: 'a second, each on its own scale', draw: amounts,
    a: 'read', nameA: 'read', b: 'written', nameB: 'written', seconds: 1, words: rate,
  },
  {
    id: 'first', title: 'Time to first token', unit: 'median and 95th percentile', draw: latencies,
    a: 'median', nameA: 'median', b: 'tail', nameB: 'p95', words: took,
  },
];

function rate(value) {
  return value > 0 && value < 10 ? String(Number(value.toFixed(1))) : count(Math.round(value));
}

const known = (buckets, name) =>
  buckets.map((bucket) => bucket[name]).filter((value) => value !== null);

const sum = (buckets, name) => buckets.reduce((all, bucket) => all + bucket[name], 0);

/** Bars begin at full multiples of their time, so that they don't change as time goes on. */
function barsOf(buckets, end, seconds) {
  const last = Math.round(Date.parse(end) / 1000 / seconds);
  const bars = new Map();
  buckets.forEach((bucket, i) => {
    const age = buckets.length - 1 - i;
    const bar = Math.floor((last - age) / PER_BAR);
    bars.set(bar, [...(bars.get(bar) ?? []), bucket]);
  });
  return [...bars].map(([bar, of]) => ({ x: SLOTS - (last - bar * PER_BAR) - 1, of }));
}

function amounts(chart, { buckets, end, seconds }) {
  const bars = barsOf(buckets, end, seconds);
  const ofBar = (name) => bars.map(({ of }) => sum(of, name) / (PER_BAR * seconds) * chart.seconds);
  const [a, b] = [ofBar(chart.a), ofBar(chart.b)];
  const [peakA, peakB] = [Math.max(0, ...a), Math.max(0, ...b)];
  const base = chart.sameScale ? 72 : 56;
  const down = HEIGHT - base;
  // With one scale, one failure among many requests would be too thin to be seen.
  const scaleA = base / (peakA || 1);
  const scaleB = chart.sameScale ? Math.min(base / (peakA || 1), down / (peakB || 1))
    : down / (peakB || 1);
  const draw = (values, scale, sign) => values.map((value, i) => {
    const height = value > 0 ? Math.max(3, value * scale) : 0;
    const x = Math.max(0, bars[i].x);
    const width = bars[i].x + PER_BAR - 0.6 - x;
    return height && width > 0
      ? `M${x} ${base}V${(base - sign * height).toFixed(1)}h${width.toFixed(1)}V${base}z` : '';
  }).join('');
  const minute = buckets.slice(-PER_MINUTE);
  const now = (name) => sum(minute, name) / (PER_MINUTE * seconds) * chart.seconds;
  return {
    pathA: draw(a, scaleA, 1), pathB: draw(b, scaleB, -1), base: `M0 ${base}H${SLOTS}`,
    peakA, peakB, nowA: now(chart.a), nowB: now(chart.b),
    read: bars.map(({ x }, i) => ({ x, a: a[i], b: b[i] })),
  };
}

function latencies(chart, { buckets, end, seconds }) {
  const bars = barsOf(buckets, end, seconds).map(({ x, of }) => ({
    x, a: known(of, chart.a).sort((a, b) => a - b), b: known(of, chart.b),
  }));
  const medians = bars.map(({ a }) => a[a.length >> 1]);
  const tails = bars.map(({ b }) => (b.length ? Math.max(...b) : undefined));
  const peakOf = (values) =>
    values.reduce((top, value) => (value > (top ?? -1) ? value : top), null);
  const peak = Math.max(peakOf(medians), peakOf(tails)) || 1;
  const draw = (values) => values.map((value, i) => {
    if (value === undefined) {
      return '';
    }
    const y = (HEIGHT - 1 - (value / peak) * (HEIGHT - 3)).toFixed(1);
    return values[i - 1] === undefined ? `M${bars[i].x} ${y}h${PER_BAR}` : `V${y}h${PER_BAR}`;
  }).join('');
  const minute = buckets.slice(-PER_MINUTE);
  return {
    pathA: draw(medians), pathB: draw(tails), base: `M0 99.5H${SLOTS}`,
    peakA: peakOf(medians), peakB: peakOf(tails),
    nowA: known(minute, chart.a).at(-1), nowB: known(minute, chart.b).at(-1),
    read: bars.map(({ x }, i) => ({ x, a: medians[i], b: tails[i] })),
  };
}

/** What each chart shows, and where in it somebody points at. */
const plots = new Map(CHARTS.map(({ id }) => [id, { at: null, drawn: null }]));

function create(chart) {
  const node = clone('t-chart');
  node.classList.add(chart.id);
  fill(node, { title: chart.title, nameA: chart.nameA, nameB: chart.nameB });
  onPoint(fields(node).plot, (at) => {
    plots.get(chart.id).at = at;
    read(node, chart);
  });
  return node;
}

function update(node, chart, hour) {
  const drawn = chart.draw(chart, hour);
  plots.get(chart.id).drawn = drawn;
  const [nowA, nowB, peakA, peakB] =
    [drawn.nowA, drawn.nowB, drawn.peakA, drawn.peakB].map(chart.words);
  fill(node, { peakA: `peak ${peakA}`, peakB: `peak ${peakB}` });
  const { a, b, base, plot } = fields(node);
  put(a, 'd', drawn.pathA);
  put(b, 'd', drawn.pathB);
  put(base, 'd', drawn.base);
  const unit = chart.seconds ? ` ${chart.unit.split(',')[0]}` : '';
  put(plot, 'aria-label', `${chart.title} over the last hour: `
    + `${chart.nameA} now ${nowA}, at most ${peakA}${unit}; `
    + `${chart.nameB} now ${nowB}, at most ${peakB}${unit}`);
  read(node, chart);
}

/** Tells the values of now, or those that are pointed at. */
function read(node, chart) {
  const { at, drawn } = plots.get(chart.id);
  const x = at === null ? null : at * SLOTS;
  const bar = drawn.read.find((one) => x !== null && x >= one.x && x < one.x + PER_BAR);
  fill(node, {
    unit: bar ? `${Math.round((SLOTS - x) / PER_MINUTE)} min ago` : chart.unit,
    nowA: chart.words(bar ? bar.a : drawn.nowA), nowB: chart.words(bar ? bar.b : drawn.nowB),
  });
  put(fields(node).cursor, 'd', bar ? `M${x.toFixed(1)} 0V${HEIGHT}` : '');
}

/** @param {{bucketSeconds: number, end: string, buckets: number[][]}} told the last hour */
export function showHour(told) {
  const buckets = told.buckets.slice(-SLOTS).map(bucketOf);
  const hour = { buckets, end: told.end, seconds: told.bucketSeconds };
  keyed(byId('charts'), CHARTS, (chart) => chart.id, create,
    (node, chart) => update(node, chart, hour));
}

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

const usage = { isSeen: false, askedAt: new Map(), told: new Map() };

/** Asks once a minute at most, and only for what can be seen. */
async function refreshUsage() {
  const days = byId('usage-days').value;
  const isDue = Date.now() - (usage.askedAt.get(days) ?? 0) > MINUTE_MILLIS;
  if (!usage.isSeen || document.hidden || !isDue) {
    return;
  }
  usage.askedAt.set(days, Date.now());
  // The gateway's days are those of UTC.
  const since = new Date(gatewayNow() - days * DAY_MILLIS).toISOString().slice(0, 10);
  try {
    const answer = await call(`usage?since=${since}`);
    usage.told.set(days, {
      rows: await answer.json(),
      gateways: answer.headers.get('X-Usage-Gateways'),
      lacks: answer.headers.get('X-Usage-Lacks'),
    });
    showUsage();
  } catch (e) {
    say(byId('usage-words'), e.message);
  }
}

function showUsage() {
  const told = usage.told.get(byId('usage-days').value);
  if (!told) {
    say(byId('usage-words'), '');
    return;
  }
  const { rows, gateways, lacks } = told;
  const estimated = rows.reduce((all, row) => all + row.estimated, 0);
  say(byId('usage-words'), (rows.length ? 'days of UTC' : 'Nothing was used.')
    + (estimated ? `; ${plural(estimated, 'request')} with estimated tokens` : '')
    // Where gateways share, those that are gone count too.
    + (gateways ? `; of ${plural(Number(gateways), 'gateway')}` : '')
    + (lacks ? `, without ${lacks}` : ''));
  const tables = [
    { what: 'Key', sums: sumsBy(rows, ({ id }) => id, ({ key, id }) => key || id) },
    { what: 'Model', sums: sumsBy(rows, ({ model }) => model, ({ model }) => model) },
  ];
  keyed(byId('usage-tables'), rows.length ? tables : [], ({ what }) => what,
    () => clone('t-usage'), updateUsageTable);
}

function sumsBy(rows, keyOf, nameOf) {
  const sums = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key) ?? none(key, nameOf(row));
    sums.set(key, plus(sum, {
      requests: row.requests, read: row.promptTokens, cached: row.cachedTokens,
      written: row.completionTokens,
    }));
  }
  return [...sums.values()].sort((a, b) => tokens(b) - tokens(a));
}

const none = (key, name) => ({ key, name, requests: 0, read: 0, cached: 0, written: 0 });

const plus = (sum, { requests, read, cached, written }) => ({
  ...sum,
  requests: sum.requests + requests, read: sum.read + read,
  cached: sum.cached + cached, written: sum.written + written,
});

const tokens = ({ read, written }) => read + written;

function updateUsageTable(node, { what, sums }) {
  const caption = `By ${what.toLowerCase()}`;
  fill(node, { what, caption });
  put(node, 'aria-label', `Usage ${caption.toLowerCase()}`);
  const { rows, foot } = fields(node);
  const all = sums.reduce(plus, none('all', 'All'));
  const others = sums.slice(USED_ROWS_MAX);
  const told = sums.slice(0, USED_ROWS_MAX);
  if (others.length) {
    told.push(others.reduce(plus, none(' others', `${count(others.length)} others`)));
  }
  const update = (row, sum) => updateUsed(row, sum, all);
  keyed(rows, told, ({ key }) => key, () => clone('t-used'), update);
  keyed(foot, [all], ({ key }) => key, () => clone('t-used'), update);
}

function updateUsed(node, sum, all) {
  fill(node, {
    name: sum.name, requests: count(sum.requests), read: count(sum.read),
    cached: percent(sum.cached, sum.read), written: count(sum.written),
    share: percent(tokens(sum), tokens(all)),
  });
  put(fields(node).bar, 'width', 100 * tokens(sum) / (tokens(all) || 1));
}

export function startRecent() {
  onSeen(['usage'], (isSeen) => {
    usage.isSeen = isSeen;
    refreshUsage();
  });
  setInterval(refreshUsage, MINUTE_MILLIS / 4);
  byId('usage-days').addEventListener('change', () => {
    showUsage();
    refreshUsage();
  });
}
