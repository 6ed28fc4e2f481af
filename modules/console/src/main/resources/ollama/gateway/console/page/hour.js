// The last hour's charts.

import { byId, clone, count, fields, fill, keyed, onPoint, put, took } from './dom.js';

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
