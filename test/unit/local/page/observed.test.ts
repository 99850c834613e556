import { expect, test } from 'vitest';
import { Observed } from '../../../../infra/local/page/observed.ts';

const at = 1_000_000_000_000;
const made = () => new Observed(() => at, 'nerite-dev-');

/** A line of metrics as functions write it, with what else it says. */
function emf(metrics: Readonly<Record<string, number | number[]>>, more: object = {}, namespace = 'Nerite'): string {
  const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: 'Count' }));
  const CloudWatchMetrics = [{ Namespace: namespace, Dimensions: [['service']], Metrics }];
  return JSON.stringify({ _aws: { Timestamp: at, CloudWatchMetrics }, ...metrics, ...more });
}

const accepted = (id: string) =>
  emf(
    { Received: 1, Enqueued: 2 },
    {
      ...{ level: 'INFO', message: 'accepted', eventId: id, source: 'github', type: 'push', tenant: 'acme' },
      consumers: '["notifier","previews"]',
    },
  );

test('counts what lines of metrics of our own namespace say, values of several at once too', () => {
  const observed = made();
  observed.take('nerite-dev-receiver', emf({ Received: [1, 1, 1] }, { source: 'github' }));
  observed.take('nerite-dev-receiver', emf({ Received: 5 }, { source: 'github' }, 'Somebody'));
  expect(observed.rates.of('Received', { source: 'github' })).toEqual({ lastMinute: 3, total: 3 });
  expect(observed.lines.size).toBe(0);
});

test('knows an event from its acceptance to what became of it at each consumer', () => {
  const observed = made();
  observed.take('nerite-dev-receiver', accepted('e1'));
  const say = (consumer: string, message: string, more = {}) =>
    observed.take(
      `nerite-dev-${consumer}`,
      JSON.stringify({ level: 'WARN', message, eventId: 'e1', consumer, ...more }),
    );
  say('previews', 'attempt failed', { reason: 'no luck' });
  say('previews', 'somebody wrote this');
  expect(observed.events.get('e1')).toEqual({
    id: 'e1',
    source: 'github',
    type: 'push',
    tenant: 'acme',
    at,
    deliveries: 1,
    outcomes: [
      { consumer: 'notifier', outcome: 'queued', at },
      { consumer: 'previews', outcome: 'attempt failed', reason: 'no luck', at },
    ],
  });
  observed.take(
    'nerite-dev-consumer-notifier',
    emf({ Processed: 1 }, { message: 'processed', eventId: 'e1', consumer: 'notifier' }),
  );
  expect(observed.events.get('e1')?.outcomes[0]).toEqual({ consumer: 'notifier', outcome: 'processed', at });
  expect(observed.lines.of('e1').map(({ function: name, message }) => [name, message])).toEqual([
    ['receiver', 'accepted'],
    ['previews', 'attempt failed'],
    ['previews', 'somebody wrote this'],
    ['consumer-notifier', 'processed'],
  ]);
});

test('shows a line without the part that is for CloudWatch', () => {
  const observed = made();
  observed.take('nerite-dev-receiver', accepted('e1'));
  expect(observed.lines.of('e1')[0]?.text).toMatch(/^\{"Received":1,.*"eventId":"e1"/);
});

test('counts a repeated delivery to its event, and keeps the newest 1,000 events', () => {
  const observed = made();
  for (let number = 0; number < 1_001; number++) observed.take('receiver', accepted(`e${number}`));
  observed.take('receiver', accepted('e1000'));
  expect(observed.events.get('e1000')?.deliveries).toBe(2);
  expect(observed.events.get('e0')).toBeUndefined();
  expect(observed.events.get('e1')).toBeDefined();
  expect(observed.events.latest(2).map(({ id }) => id)).toEqual(['e1000', 'e999']);
});

test('takes whatever else a function writes as a line', () => {
  const observed = made();
  const odd = [
    'plain',
    '{"half',
    '{"_aws":1}',
    '{"_aws":{"CloudWatchMetrics":[{"Namespace":"Nerite","Metrics":[1]}]}}',
    '[]',
    'null',
  ];
  for (const text of odd) observed.take('worker', text);
  observed.take('receiver', JSON.stringify({ message: 'accepted', eventId: 'e', consumers: '{broken' }));
  expect(observed.lines.latest(9).map(({ text }) => text)).toContain('{"half');
  expect(observed.events.get('e')?.outcomes).toEqual([]);
});
