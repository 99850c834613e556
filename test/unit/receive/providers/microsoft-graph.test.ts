import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { microsoftGraph } from '../../../../functions/receive/providers/microsoft-graph.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { microsoftGraph as platform } from '../../../../infra/platforms/microsoft-graph.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const item = (clientState: unknown, more: object = {}) => ({
  clientState,
  changeType: 'updated',
  tenantId: 't1',
  ...more,
});
const json = { 'content-type': 'application/json' };
const sent = (...value: readonly unknown[]) => ({ body: Buffer.from(JSON.stringify({ value })), headers: json });
const outcome = (body: unknown, secrets: readonly string[] = ['state', 'older state']) =>
  outcomeOf(microsoftGraph, { body: Buffer.from(JSON.stringify(body)), headers: {} }, secrets);

keepsPresetContract({
  provider: microsoftGraph,
  platform,
  right: { stored: 'client state', key: 'client state' },
  other: { stored: 'another', key: 'another' },
  sign: ({ key }) => sent(item(key), item(key)),
  coversBytes: false,
  toleranceSeconds: null,
});

test('accepts a body of which every item shows one of the states', async () => {
  expect(await outcome({ value: [item('state')] })).toBe('#0');
  expect(await outcome({ value: [item('older state'), item('state')] })).toBe('#1');
});

test('refuses a body of which a single item does not', async () => {
  for (const state of ['stat', 'state ', 'STATE']) {
    expect(await outcome({ value: [item('state'), item(state)] }), state).toBe('401 signature-mismatch');
  }
  for (const state of [undefined, null, 7, ['state'], { toString: 'state' }]) {
    expect(await outcome({ value: [item('state'), item(state)] })).toBe('401 signature-missing');
  }
  expect(await outcome({ value: [item('state'), item('')] })).toBe('401 signature-malformed');
  expect(await outcome({ value: [item('')] }, ['', ' '])).toBe('503 no-secret');
});

test('refuses a body that has no items', async () => {
  for (const body of [{ value: [] }, {}, [], null, { value: { 0: item('state'), length: 1 } }, item('state')]) {
    expect(await outcome(body)).toBe('401 signature-malformed');
  }
});

test('does not take a state from what every object has', async () => {
  const body = Buffer.from('{"value":[{"__proto__":{"clientState":"state"}}]}');
  expect(await outcomeOf(microsoftGraph, { body, headers: {} }, ['state'])).toBe('401 signature-missing');
});

test('answers a validation with its token, decoded, as text', async () => {
  const asked = (query: string) =>
    webhookOf({ url: `${contractUrl}?${query}`, headers: new Map(), body: Buffer.alloc(0) });
  const webhook = asked('validationToken=Validation%3A+Testing+client+application+reachability');
  const handshake = handshakeOf(microsoftGraph.handshakes, webhook);
  if (!handshake) throw new Error('a validation must be a handshake');
  expect(handshake.proof).toBe('nothing');
  expect(await answerOf(handshake, webhook, () => '')).toEqual({
    body: 'Validation: Testing client application reachability',
  });
  expect(handshakeOf(microsoftGraph.handshakes, asked('token=a'))).toBeUndefined();
});

test('knows a notification by the ids of its items, or else by all of it', async () => {
  const idOf = async (...items: readonly object[]) =>
    (await describedOf(microsoftGraph, sent(...items), 'state')).event.id;
  const first = await idOf(item('state', { id: 'n1' }));
  expect(await idOf(item('state', { id: 'n1', subscriptionId: 's' }))).toBe(first);
  expect(await idOf(item('state', { id: 'n1' }), item('state', { id: 'n2' }))).not.toBe(first);
  const mixed = await idOf(item('state', { id: 'n1' }), item('state', { resource: 'a' }));
  expect(await idOf(item('state', { id: 'n1' }), item('state', { resource: 'b' }))).not.toBe(mixed);
});

test('calls a notification by what it is about and what happened to that', async () => {
  const typeOf = async (more: object) => {
    const { event, tenant } = await describedOf(microsoftGraph, sent(item('state', more)), 'state');
    expect(tenant).toBe('t1');
    return event.type;
  };
  expect(await typeOf({ resourceData: { '@odata.type': '#Microsoft.Graph.Event' } })).toBe('event.updated');
  expect(await typeOf({ resourceData: { '@odata.type': 7 } })).toBe('updated');
  expect(await typeOf({ resourceData: null })).toBe('updated');
  expect(await typeOf({ lifecycleEvent: 'missed' })).toBe('missed');
});

test('takes a change for another one where nothing but its time tells it apart', async () => {
  const { scheme } = microsoftGraph;
  if (typeof scheme !== 'function') throw new Error('expected a verifier');
  const webhook = (...items: readonly unknown[]) =>
    webhookOf({ ...sent(...items), url: contractUrl, headers: new Map() });
  const idAt = async (at: number, ...items: readonly unknown[]) => (await scheme(webhook(...items), ['state'], at)).id;
  const drive = item('state', { subscriptionId: 's', resource: '/me/drive/root' });
  expect(await idAt(1_000, drive)).not.toBe(await idAt(2_200, drive));
  const message = item('state', { id: 'n-1' });
  expect(await idAt(1_000, message)).toBe(await idAt(2_200, message));
});
