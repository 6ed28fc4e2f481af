// What keys and models have used.

import {
  byId, call, clone, count, fields, fill, gatewayNow, keyed, onSeen, percent, plural, put, say,
} from './dom.js';

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;
const USED_ROWS_MAX = 20;

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

export function startUsage() {
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
