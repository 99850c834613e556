import { describe, expect, test } from 'vitest';
import { definePipeline } from '../../../functions/core/definition.ts';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { inlineBytes, type Message } from '../../../functions/core/message.ts';
import { chosenOf, Targets } from '../../../infra/ops/replay-targets.ts';
import { aMessage } from '../../support/messages.ts';

const handler = 'none.ts';
const definition = definePipeline({
  sources: { github: { provider: 'github' }, hubspot: { provider: 'hubspot' } },
  consumers: {
    pushes: { from: { source: 'github', types: ['push'] }, handler },
    everything: {
      from: [{ source: 'github' }, { source: 'hubspot' }],
      handler,
      order: { by: ({ data }) => (data as { ref: string }).ref },
    },
    contacts: { from: { source: 'hubspot', types: ['contact.*'] }, handler },
    deals: { from: { source: 'hubspot', types: ['deal.*'] }, handler, fair: {} },
    leaving: { from: { source: 'github' }, handler, draining: true },
  },
});

const chosen = (consumers: readonly string[] = [], sources: readonly string[] = []) =>
  chosenOf(definition, { consumers, sources });
const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

function problemsOf(consumers: readonly string[], sources: readonly string[] = []): readonly string[] {
  try {
    chosen(consumers, sources);
    return [];
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems : [String(error)];
  }
}

const bodyOf = async (message: Message): Promise<Buffer> => {
  if ('dataref' in message) throw new Error('must not be read');
  return inlineBytes(message);
};
const targetsOf = (...consumers: string[]) => new Targets(definition, chosen(consumers).consumers, bodyOf);

const list = (...types: string[]): Message =>
  aMessage({
    event: { ...aMessage().event, source: 'hubspot', type: 'mixed' },
    body: JSON.stringify(types.map((subscriptionType) => ({ subscriptionType }))),
  });

describe('who is chosen', () => {
  test('is whoever takes something of the sources, apart from who is leaving', () => {
    expect(names(chosen().consumers)).toEqual(['pushes', 'everything', 'contacts', 'deals']);
    expect(names(chosen([], ['github']).consumers)).toEqual(['pushes', 'everything']);
    expect(chosen([], ['github']).sources).toEqual(['github']);
    expect(chosen(['contacts']).sources).toEqual(['hubspot']);
    expect(chosen().sources).toEqual(['github', 'hubspot']);
  });

  test('must be there, take something, and stay', () => {
    expect(problemsOf(['gone', 'leaving', 'pushes'], ['hubspot', 'nowhere'])).toEqual([
      '--source must be one of github, hubspot, got nowhere',
      "--consumer must be one of the pipeline's (pushes, everything, contacts, deals, leaving), got gone",
      '--consumer must be one that takes events, got leaving, which is draining',
      '--consumer must subscribe to hubspot or nowhere, got pushes, which does not',
    ]);
  });
});

describe('who gets an event', () => {
  const takers = async (message: Message, ...consumers: string[]) => {
    const targets = targetsOf(...consumers);
    return { names: (await targets.of(message)).map(({ consumer }) => consumer), unsorted: targets.unsorted };
  };

  test('is whoever subscribes to its type, of those that are chosen', async () => {
    expect((await takers(aMessage())).names).toEqual(['pushes', 'everything']);
    expect((await takers(aMessage(), 'pushes', 'contacts')).names).toEqual(['pushes']);
  });

  test('with things of several types is whoever subscribes to one of them', async () => {
    expect(await takers(list('contact.creation', 'company.creation'))).toEqual({
      names: ['everything', 'contacts'],
      unsorted: 0,
    });
    expect((await takers(list('contact.creation', 'deal.creation'))).names).toEqual([
      'everything',
      'contacts',
      'deals',
    ]);
  });

  test('that no longer says what it holds is whoever takes every type, and it is counted', async () => {
    expect(await takers({ ...list(), body: 'nothing' } as Message)).toEqual({ names: ['everything'], unsorted: 1 });
  });
});

describe('where an event waits', () => {
  const place = async (consumer: string, message: Message) => {
    const targets = targetsOf(consumer);
    const [target] = await targets.of(message);
    return target && targets.placeIn(target, message);
  };

  test('is nowhere in particular without order and tenants, whatever its body is', async () => {
    const { body: _, ...rest } = aMessage() as Message & { body: string };
    expect(await place('pushes', { ...rest, dataref: 'archive/bodies/x' })).toBeUndefined();
  });

  test('is with those of its key', async () => {
    expect(await place('everything', aMessage({ body: '{"ref":"main"}' }))).toEqual({ group: 'main', key: 'main' });
    expect(await place('everything', aMessage({ id: 'e1', body: 'odd' }))).toEqual({ group: 'e1' });
  });

  test('is with those of its tenant', async () => {
    expect(await place('deals', { ...list('deal.creation', 'deal.deletion'), tenant: 'acme' })).toEqual({
      group: 'acme',
    });
  });
});
