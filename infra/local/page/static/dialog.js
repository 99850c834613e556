// One event: what the ledger has of it, and what the functions wrote about it.

import { badge, byId, element, rowsIn, write } from './dom.js';
import { watched } from './server.js';
import { counted, time, toneOf } from './words.js';

/**
 * @typedef {{ gen: number, attempts: number, reason: string, reopenedAt?: string }} PastGeneration
 * @typedef {{ consumer: string, run: number, item?: number, status: string, attempts: number, loneCrashes: number, gen: number, reason?: string, updatedAt?: string, notBefore?: string, supersededBy?: string, history: PastGeneration[] }} LedgerRecord
 * @typedef {{ at: number, function: string, level?: string, message?: string, text: string }} Line
 * @typedef {{ id: string, event?: import('./sections.js').RecentEvent & { deliveryId?: string }, records: LedgerRecord[], lines: Line[] }} EventView
 */

/** @param {LedgerRecord} record */
function nameOf({ consumer, run, item }) {
  return `${consumer}${run > 0 ? `, replay ${run}` : ''}${item === undefined ? '' : `, item ${item}`}`;
}

/** @param {LedgerRecord} record */
function storyOf({ reason, notBefore, supersededBy, loneCrashes, history }) {
  const now = Date.now();
  return [
    ...history.map(
      ({ gen, attempts, reason: why, reopenedAt }) =>
        `Generation ${gen}: dead after ${attempts} attempts, ${why}; redriven ${time(reopenedAt, now)}.`,
    ),
    ...(reason ? [reason] : []),
    ...(loneCrashes > 0 ? [`Crashed ${loneCrashes} times while it ran alone.`] : []),
    ...(notBefore ? [`Does not run before ${time(notBefore, now)}.`] : []),
    ...(supersededBy ? [`Superseded by ${supersededBy}.`] : []),
  ];
}

/** @param {(text: string, isBad?: boolean) => void} tell */
export function eventDialog(tell) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('event'));
  /** @type {string | undefined} */
  let shown;
  let ask = watched();

  const records = rowsIn(byId('record-rows'), {
    key: /** @param {LedgerRecord} record */ (record) => nameOf(record),
    empty: 'The ledger has no record of it.',
    columns: [
      { show: nameOf },
      { mark: ({ status }) => status, show: ({ status }) => [badge(status, toneOf(status))] },
      { class: 'number', show: ({ attempts }) => counted(attempts) },
      { class: 'number', show: ({ gen }) => counted(gen) },
      { show: ({ updatedAt }) => time(updatedAt, Date.now()) },
      {
        class: 'long',
        mark: (record) => storyOf(record).join('\n'),
        show: (record) => storyOf(record).map((text) => element('div', { text })),
      },
    ],
  });
  const lines = rowsIn(byId('line-rows'), {
    key: /** @param {Line & { place: number }} line */ ({ place }) => String(place),
    empty: 'None of the latest lines is about it.',
    columns: [
      { show: ({ at }) => time(at, Date.now()) },
      { show: ({ function: name }) => name },
      { mark: ({ level = '' }) => level, show: ({ level }) => (level ? [badge(level, toneOf(level))] : []) },
      {
        class: 'long',
        mark: ({ text }) => text,
        show: ({ message, text }) => {
          const body = element('pre', { text });
          if (!message) return [body];
          return [element('details', {}, [element('summary', { text: message }), body])];
        },
      },
    ],
  });

  /** @param {EventView} view */
  function show({ event, records: all, lines: written }) {
    const about = event
      ? `${event.source}, ${event.type}${event.tenant ? `, tenant ${event.tenant}` : ''}, accepted ${time(event.at, Date.now())}, ` +
        `${event.deliveries === 1 ? 'one delivery' : `${event.deliveries} deliveries`}${event.deliveryId ? `, first ${event.deliveryId}` : ''}`
      : 'Accepted before this runtime started, or so long ago that only the ledger remembers.';
    write(byId('event-about'), about);
    records(all);
    lines(written.map((line, place) => ({ ...line, place })));
  }

  async function refresh() {
    if (shown === undefined) return;
    const id = shown;
    const view = /** @type {EventView | undefined} */ (await ask(`events/${encodeURIComponent(id)}`));
    if (view && shown === id) show(view);
  }

  dialog.addEventListener('close', () => {
    shown = undefined;
  });
  byId('event-close').addEventListener('click', () => dialog.close());

  return {
    /** @param {string} id */
    async open(id) {
      shown = id;
      ask = watched();
      try {
        await refresh();
        write(byId('event-title'), `Event ${id}`);
        if (!dialog.open) dialog.showModal();
      } catch (error) {
        shown = undefined;
        tell(`Event ${id}: ${error instanceof Error ? error.message : String(error)}`, true);
      }
    },
    refresh,
  };
}
