// Figures and times as people read them. Nothing here knows the page.

const count = new Intl.NumberFormat('en');
const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** @param {number} value */
export const counted = (value) => count.format(value);

/** A rate by what came in a minute: a second's, or the minute's own where that is less than one a second. @param {number} inMinute */
export const rateOf = (inMinute) =>
  inMinute >= 60 ? `${rate.format(inMinute / 60)}/s` : `${count.format(inMinute)}/min`;

const units = /** @type {const} */ ([
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
]);

/** A span of time: `12 s`, `4 min 10 s`, `2 h 5 min`. @param {number} milliseconds */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const at = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[at] ?? ['s', 1];
  if (at < 0) return `${seconds} s`;
  const [smaller, smallerSize] = units[at + 1] ?? ['s', 1];
  const rest = Math.floor((seconds % size) / smallerSize);
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}

/** The time of the clock; on another day than today, the day as well. @param {number | string | undefined} at @param {number} now */
export function time(at, now) {
  if (at === undefined) return '';
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return `${isToday ? '' : `${day.format(date)} `}${clock.format(date)}`;
}

/** Enough of an id to tell it from others at a glance. @param {string} id */
export const shortId = (id) => (id.length > 12 ? `${id.slice(0, 12)}…` : id);

/** The parts of an alarm's description: what it means, and where the runbook is. @param {string} description */
export function described(description) {
  const [impact = '', rest = ''] = description.split(/\s*\n?\s*Runbook:\s*/);
  const [runbook = ''] = rest.split(/\s*\n?\s*Console:\s*/);
  return { impact: impact.trim(), runbook: runbook.trim() };
}

const tones = /** @type {Readonly<Record<string, string>>} */ ({
  processed: 'good',
  completed: 'good',
  OK: 'good',
  'attempt failed': 'warn',
  'asked to come later': 'warn',
  waiting: 'warn',
  dying: 'bad',
  'dead-lettered': 'bad',
  dead: 'bad',
  ALARM: 'bad',
  ERROR: 'bad',
  WARN: 'warn',
});

/** How a state looks; it is always written out as well. @param {string} state */
export const toneOf = (state) => (Object.hasOwn(tones, state) ? (tones[state] ?? '') : '');
