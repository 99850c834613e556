// Forms, and what comes of them.

import { byId, choices, inputById, selectById } from './dom.js';
import { order } from './server.js';

/** @typedef {import('./sections.js').Source} Source */

const actionsOf = /** @type {Readonly<Record<string, readonly string[]>>} */ ({
  sqs: ['SendMessage', 'SendMessageBatch', 'ChangeMessageVisibilityBatch', 'DeleteMessageBatch'],
  dynamodb: ['UpdateItem', 'PutItem', 'GetItem', 'Query'],
  s3: ['PutObject', 'GetObject', 'DeleteObject', 'ListObjectsV2'],
  secretsmanager: ['GetSecretValue', 'PutSecretValue'],
});

/**
 * @param {(text: string, isBad?: boolean) => void} tell
 * @param {() => void} refresh
 */
export function actions(tell, refresh) {
  /** @type {readonly Source[]} */
  let sources = [];
  const source = selectById('send-source');
  const type = selectById('send-type');

  /** @param {string} what @param {() => Promise<string>} act */
  async function run(what, act) {
    try {
      tell(await act());
    } catch (error) {
      tell(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, true);
    }
    refresh();
  }

  /** @param {string} id @param {string} what @param {() => Promise<string>} act */
  function onSubmit(id, what, act) {
    const form = byId(id);
    const submit = /** @type {HTMLButtonElement | null} */ (form.querySelector('button[type="submit"]'));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (submit?.getAttribute('aria-disabled') === 'true') return;
      // Not disabled: a button that is loses the focus.
      submit?.setAttribute('aria-disabled', 'true');
      await run(what, act);
      submit?.removeAttribute('aria-disabled');
    });
  }

  const showTypes = () => choices(type, sources.find(({ name }) => name === source.value)?.sample?.types ?? []);
  source.addEventListener('change', showTypes);

  const service = selectById('fault-service');
  const showActions = () => {
    byId('fault-actions').replaceChildren(...(actionsOf[service.value] ?? []).map((name) => new Option(name, name)));
  };
  service.addEventListener('change', showActions);
  showActions();

  onSubmit('send', 'Sending', async () => {
    const count = inputById('send-count').valueAsNumber;
    const { statuses } = await order('send', { source: source.value, type: type.value, count });
    const answers = Object.entries(/** @type {Record<string, number>} */ (statuses));
    return `Sent ${type.value} to ${source.value}: ${answers.map(([status, times]) => `${times} × ${status}`).join(', ')}.`;
  });
  onSubmit('fault', 'Switching the fault on', async () => {
    const times = inputById('fault-times').valueAsNumber;
    const action = inputById('fault-action').value;
    await order('faults', {
      service: service.value,
      kind: selectById('fault-kind').value,
      ...(action ? { action } : {}),
      ...(Number.isNaN(times) ? {} : { times }),
    });
    return 'The fault is on.';
  });
  onSubmit('schedules', 'Running the schedules', async () => {
    tell('The schedules run.');
    const { done } = await order('schedules', {});
    return done ? 'The schedules have run.' : 'The schedules still run.';
  });

  return {
    /** @param {readonly Source[]} now */
    sources(now) {
      sources = now;
      const able = now.filter(({ sample }) => sample);
      choices(
        source,
        able.map(({ name }) => name),
      );
      showTypes();
      const submit = byId('send').querySelector('button');
      if (submit) submit.disabled = able.length === 0;
      if (able.length === 0) {
        byId('send-note').textContent = 'This runtime was started without the definition that says how sources sign.';
      }
    },
    /** @param {string} consumer */
    redrive: (consumer) =>
      run('The redrive', async () => {
        await order('redrive', { consumer });
        return `The dead letters of ${consumer} are on their way back into its queue.`;
      }),
    /** @param {number} id */
    switchOff: (id) =>
      run('Switching the fault off', async () => {
        await order('faults', { off: id });
        return 'The fault is off.';
      }),
  };
}
