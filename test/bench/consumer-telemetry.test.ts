import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Telemetry } from '../../functions/core/telemetry.ts';
import { ConsumerWorld } from '../support/consumer-world.ts';
import { ledgerTable } from '../support/ledger-table.ts';
import { aMessage } from '../support/messages.ts';
import { tellProcessed } from './consumer-telemetry.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

/** Keeps what telemetry is told, but figures and values. */
function toldTo(): { readonly telemetry: Telemetry; readonly told: string[] } {
  const told: string[] = [];
  const names = (of: object = {}): string => Object.keys(of).sort().join(' ');
  const line =
    (level: string): Telemetry['log']['info'] =>
    (message, attributes) =>
      told.push(`${level} ${message}: ${names(attributes)}`);
  const figure =
    (kind: string): Telemetry['bytes'] =>
    (metric, dimensions) =>
      told.push(`${kind} ${metric} of ${names(dimensions)}`);
  return {
    told,
    telemetry: {
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      count: (metric, dimensions) => figure('count')(metric, dimensions, 1),
      duration: figure('duration'),
      bytes: figure('bytes'),
      annotate: (dimensions, message, attributes) =>
        told.push(`of ${names(dimensions)}, ${message}: ${names(attributes)}`),
      flush: () => undefined,
      masked: (text) => text,
    },
  };
}

describe('what the bench tells of an event in a consumer’s place', () => {
  test('is what the consumer tells of one that goes well, in the same order', async () => {
    const [consumer, bench] = [toldTo(), toldTo()];
    const message = aMessage();
    const world = new ConsumerWorld(ledger, (_event, { logger }) => logger.info('done', { more: 1 }));
    world.policies = { telemetry: consumer.telemetry };
    await world.send(message);
    await world.deliver();
    await tellProcessed(bench.telemetry, 'orders', { message, messageId: 'm-1' }, (_event, log) =>
      log('done', { more: 1 }),
    );
    expect(bench.told).toEqual(consumer.told);
    expect(bench.told).toHaveLength(7);
  });
});
