// What the page shows at a glance, by the overview.

import { badge, button, byId, choices, element, rowsIn, selectById, write } from './dom.js';
import { counted, described, rateOf, shortId, span, time, toneOf } from './words.js';

/**
 * @typedef {{ lastMinute: number, total: number }} Count
 * @typedef {{ name: string, count: Count, now?: number }} Step
 * @typedef {{ name: string, visible: number, inFlight: number, delayed: number, dead: number, oldestAt?: number }} Queue
 * @typedef {{ consumer: string, counts: Record<string, Count> }} Outcomes
 * @typedef {{ name: string, url: string, sample?: { title: string, types: string[] }, received: Count, refused: Count, reasons: (Count & { reason: string })[] }} Source
 * @typedef {{ id: string, source: string, type: string, tenant?: string, at: number, deliveries: number, outcomes: { consumer: string, outcome: string, reason?: string }[] }} RecentEvent
 * @typedef {{ name: string, kind: string, state: string, since: number, reason: string, description: string, suppressed?: boolean }} Alarm
 * @typedef {{ time: number, name: string, from: string, to: string, suppressed: boolean }} Notice
 * @typedef {{ id: number, service: string, action?: string, kind: string, times?: number, met: number }} Fault
 * @typedef {{ messageId: string, reason?: string, diedAt?: string, generation?: string, eventId?: string, source?: string, type?: string, text: string }} DeadLetter
 * @typedef {{ startedAt: number, flow: Step[], sources: Source[], queues: Queue[], outcomes: Outcomes[], events: RecentEvent[], alarms: { ok: number, unknown: number, alarming: Alarm[] }, faults: Fault[] }} Overview
 * @typedef {{ open(id: string): void, redrive(queue: string): void, showLetters(queue: string): void, switchOff(id: number): void }} Does
 */

/** A figure since the start, above it in the last minute. @param {Count | undefined} count */
function figure(count = { lastMinute: 0, total: 0 }) {
  const more = count.lastMinute > 0 ? [element('small', { text: ` +${counted(count.lastMinute)} in a minute` })] : [];
  return [document.createTextNode(counted(count.total)), ...more];
}

/** @template Item @param {(item: Item) => Count | undefined} countOf */
const figureColumn = (countOf) => ({
  class: 'number',
  /** @param {Item} item */
  mark: (item) => `${countOf(item)?.total} ${countOf(item)?.lastMinute}`,
  /** @param {Item} item */
  show: (item) => figure(countOf(item)),
});

/** An id by which the event is opened. @param {string | undefined} id @param {Does} does */
const eventLink = (id, does) =>
  id === undefined ? [] : [button(shortId(id), `Open event ${id}`, () => does.open(id), 'link')];

/**
 * Columns of alarms, wherever they stand.
 *
 * @returns {import('./dom.js').Column<Alarm>[]}
 */
const alarmColumns = () => [
  { show: ({ name }) => name },
  {
    mark: ({ state, suppressed }) => `${state} ${suppressed}`,
    show: ({ state, suppressed }) => [
      badge(state.replace('_', ' ').toLowerCase(), toneOf(state)),
      ...(suppressed ? [badge('suppressed', '')] : []),
    ],
  },
  { show: ({ since }) => time(since, Date.now()) },
  {
    class: 'long',
    mark: ({ description, reason }) => `${description}\n${reason}`,
    show({ description, reason }) {
      const { impact, runbook } = described(description);
      return [
        element('div', { text: impact }),
        element('div', { text: reason, class: 'quiet' }),
        ...(runbook ? [element('div', { text: `Runbook: ${runbook}`, class: 'quiet' })] : []),
      ];
    },
  },
];

/** @param {Does} does */
export function sections(does) {
  const flow = flowIn(byId('flow-steps'));
  const alarming = rowsIn(byId('alarming'), { key: ({ name }) => name, columns: alarmColumns(), empty: 'None.' });

  const queues = rowsIn(byId('queue-rows'), {
    key: /** @param {Queue} queue */ ({ name }) => name,
    empty: 'No queue has a dead-letter queue.',
    columns: [
      { show: ({ name }) => name },
      { class: 'number', show: ({ visible }) => counted(visible) },
      { class: 'number', show: ({ inFlight }) => counted(inFlight) },
      { class: 'number', show: ({ delayed }) => counted(delayed) },
      { class: 'number', show: ({ oldestAt }) => (oldestAt === undefined ? '–' : span(Date.now() - oldestAt)) },
      {
        class: 'number',
        mark: ({ dead }) => String(dead),
        show: ({ dead }) => [dead > 0 ? badge(`${counted(dead)} dead`, 'bad') : document.createTextNode('0')],
      },
      {
        mark: ({ dead }) => String(dead > 0),
        show: ({ name, dead }) =>
          dead > 0
            ? [
                button('Show', `Show the dead letters of ${name}`, () => does.showLetters(name)),
                button('Redrive', `Redrive the dead letters of ${name}`, () => does.redrive(name)),
              ]
            : [],
      },
    ],
  });

  /** @param {string} name @returns {import('./dom.js').Column<Outcomes>} */
  const outcome = (name) => figureColumn(({ counts }) => counts[name]);
  const outcomes = rowsIn(byId('outcome-rows'), {
    key: /** @param {Outcomes} row */ ({ consumer }) => consumer,
    empty: 'No consumer is defined.',
    columns: [
      { show: ({ consumer }) => consumer },
      ...['processed', 'failed', 'deferred', 'duplicates', 'superseded', 'dead'].map(outcome),
    ],
  });

  const events = rowsIn(byId('event-rows'), {
    key: /** @param {RecentEvent} event */ ({ id }) => id,
    empty: 'Nothing has been accepted since the start.',
    columns: [
      { mark: ({ id }) => id, show: ({ id }) => eventLink(id, does) },
      { show: ({ at }) => time(at, Date.now()) },
      { show: ({ source }) => source },
      { show: ({ type, deliveries }) => (deliveries > 1 ? `${type}, delivered ${deliveries} times` : type) },
      {
        class: 'long',
        mark: ({ outcomes: all }) => JSON.stringify(all),
        show: ({ outcomes: all }) =>
          all.length > 0
            ? all.flatMap(({ consumer, outcome: became }) => [
                badge(`${consumer}: ${became}`, toneOf(became)),
                document.createTextNode(' '),
              ])
            : [element('span', { text: 'no consumer wants it', class: 'quiet' })],
      },
    ],
  });

  const sources = rowsIn(byId('source-rows'), {
    key: /** @param {Source} source */ ({ name }) => name,
    empty: 'No source is defined.',
    columns: [
      { show: ({ name }) => name },
      { show: ({ sample }) => sample?.title ?? '' },
      figureColumn(({ received }) => received),
      figureColumn(({ refused }) => refused),
      {
        class: 'long',
        show: ({ reasons }) => reasons.map(({ reason, total }) => `${reason} ${counted(total)}`).join(', '),
      },
      { mark: ({ url }) => url, show: ({ url }) => [element('code', { text: url })] },
    ],
  });

  const faults = faultsIn(byId('faults'), does);

  return {
    /** @param {Overview} overview */
    show(overview) {
      flow(overview.flow);
      summarize(overview.alarms);
      byId('alarming-box').hidden = overview.alarms.alarming.length === 0;
      alarming(overview.alarms.alarming);
      queues(overview.queues);
      outcomes(overview.outcomes);
      events(overview.events);
      sources(overview.sources);
      faults(overview.faults);
      choices(
        selectById('letters-of'),
        overview.queues.map(({ name }) => name),
        overview.queues.map(({ name, dead }) => `${name} (${counted(dead)} dead)`),
      );
    },
  };
}

/** @param {{ ok: number, unknown: number, alarming: Alarm[] }} alarms */
function summarize({ ok, unknown, alarming }) {
  const parts = [
    `${alarming.length} in alarm`,
    `${ok} fine`,
    ...(unknown > 0 ? [`${unknown} without enough data yet`] : []),
  ];
  const none = ok + unknown + alarming.length === 0;
  write(byId('alarm-summary'), none ? 'The templates have no alarms.' : `${parts.join(', ')}.`);
}

/** @param {HTMLElement} list */
function flowIn(list) {
  /** @type {Map<string, HTMLElement>} */
  const items = new Map();
  /** @param {readonly Step[]} steps */
  return (steps) => {
    for (const { name, count, now } of steps) {
      let item = items.get(name);
      if (!item) {
        const parts = ['name', 'rate', 'detail', 'detail'].map((part) => element('span', { class: part }));
        item = element('li', {}, parts);
        items.set(name, item);
        list.append(item);
      }
      const waiting = name === 'queued' ? 'waiting now' : 'in dead-letter queues now';
      const texts = [
        name,
        rateOf(count.lastMinute),
        `${counted(count.total)} since the start`,
        now === undefined ? '' : `${counted(now)} ${waiting}`,
      ];
      texts.forEach((text, place) => {
        write(/** @type {HTMLElement} */ (item.children[place]), text);
      });
      const isBad = (name === 'dead' && (now ?? 0) > 0) || (name === 'refused' && count.lastMinute > 0);
      item.classList.toggle('some-bad', isBad);
    }
  };
}

/** @param {HTMLElement} list @param {Does} does */
function faultsIn(list, does) {
  let mark = '';
  /** @param {readonly Fault[]} faults */
  return (faults) => {
    const newMark = JSON.stringify(faults);
    if (newMark === mark) return;
    mark = newMark;
    const focused = document.activeElement?.getAttribute('data-fault');
    const items = faults.map(({ id, service, action = 'every action', kind, times, met }) => {
      const limit = times === undefined ? '' : ` of ${counted(times)}`;
      const what = `${service}, ${action}: ${kind}`;
      const off = button('Switch off', `Switch off ${what}`, () => does.switchOff(id));
      off.setAttribute('data-fault', String(id));
      return element('li', {}, [element('span', { text: `${what}, met ${counted(met)}${limit} calls` }), off]);
    });
    list.replaceChildren(...(items.length > 0 ? items : [element('li', { text: 'None.', class: 'quiet' })]));
    if (focused)
      list
        .querySelector(`[data-fault="${Number(focused)}"]`)
        ?.closest('button')
        ?.focus();
  };
}

/** The table of dead letters. @param {Does} does */
export const lettersTable = (does) =>
  rowsIn(byId('letter-rows'), {
    key: /** @param {DeadLetter} letter */ ({ messageId }) => messageId,
    empty: 'None.',
    columns: [
      {
        mark: ({ eventId, messageId }) => `${eventId} ${messageId}`,
        show: ({ eventId, messageId }) =>
          eventId ? eventLink(eventId, does) : [element('span', { text: `message ${shortId(messageId)}` })],
      },
      { show: ({ diedAt }) => time(diedAt, Date.now()) },
      { show: ({ source, type }) => [source, type].filter(Boolean).join(' ') },
      { class: 'long', show: ({ reason }) => reason ?? 'moved by SQS after too many receives' },
      {
        mark: ({ messageId }) => messageId,
        show: ({ text, messageId }) => {
          const summary = element('summary', { text: 'Show' });
          summary.setAttribute('aria-label', `Show message ${shortId(messageId)}`);
          return [element('details', {}, [summary, element('pre', { text })])];
        },
      },
    ],
  });

/** Tables of every alarm and of the notices. */
export function alarmTables() {
  const every = rowsIn(byId('every-alarm'), {
    key: /** @param {Alarm} alarm */ ({ name }) => name,
    columns: alarmColumns(),
    empty: 'The templates have no alarms.',
  });
  const notices = rowsIn(byId('notices'), {
    key: /** @param {Notice} notice */ ({ time: at, name, to }) => `${at} ${name} ${to}`,
    empty: 'None so far.',
    columns: [
      { show: ({ time: at }) => time(at, Date.now()) },
      { show: ({ name }) => name },
      { show: ({ from, to }) => `${from} → ${to}`.replaceAll('_', ' ').toLowerCase() },
      { show: ({ suppressed }) => (suppressed ? 'suppressed' : 'yes') },
    ],
  });
  /** @param {{ alarms: Alarm[], notices: Notice[] }} answer */
  return ({ alarms, notices: told }) => {
    every(alarms);
    notices(told);
  };
}
