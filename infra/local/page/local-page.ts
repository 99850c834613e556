import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../../functions/core/errors.ts';
import { type Action, faultAction, queueNamed, redriveAction, scheduleAction, sendAction } from './actions.ts';
import { type Answer, json, Refusal, send } from './answer.ts';
import { recordsOf } from './ledger.ts';
import { orderIn } from './order-in.ts';
import { overviewOf } from './overview.ts';
import { deadLettersOf, watchedQueues } from './queues.ts';
import { isStaticFile, staticFile } from './static-files.ts';
import type { PageSurroundings } from './surroundings.ts';
import { SwitchedFaults } from './switched-faults.ts';

type View = (query: URLSearchParams) => unknown;

const mostEvents = 200;
const mostDeadLetters = 50;
const mostLines = 500;
const eventPath = '/_local/events/';

/**
 * The live page of the embedded runtime, and the JSON behind it: answers whether a request is for it. Host, Origin and
 * Sec-Fetch-Site have been looked at before.
 */
export function localPage(
  surroundings: PageSurroundings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { observed, services, sqs, state } = surroundings;
  const queues = watchedQueues(surroundings.queues, surroundings.prefix);
  const faults = new SwitchedFaults(surroundings.faults);

  const views: Readonly<Record<string, View>> = {
    '/_local/overview': () => overviewOf(surroundings, queues, faults.list()),
    '/_local/events': (query) => observed.events.latest(limitIn(query, mostEvents)),
    '/_local/dead-letters': (query) =>
      deadLettersOf(queueNamed(queues, query.get('consumer')), sqs, limitIn(query, mostDeadLetters)),
    '/_local/logs': (query) => {
      const event = query.get('event');
      return event === null ? observed.lines.latest(limitIn(query, mostLines)) : observed.lines.of(event);
    },
    '/_local/alarms': () => ({ alarms: surroundings.alarms(), notices: surroundings.notices() }),
  };
  const actions: Readonly<Record<string, Action>> = {
    '/_local/send': sendAction(surroundings),
    '/_local/redrive': redriveAction(surroundings, queues),
    '/_local/faults': faultAction(faults),
    '/_local/schedules': scheduleAction(surroundings),
  };

  /** What became of an event: what was seen of it, the ledger's records, and what the functions wrote about it. */
  async function eventView(id: string): Promise<unknown> {
    const event = observed.events.get(id);
    const lines = observed.lines.of(id);
    const records = await recordsOf(services.dynamodb, state().ledgerTable, id);
    if (!event && lines.length === 0 && records.length === 0) {
      throw new Refusal(404, 'neither the ledger nor the latest log lines know this event');
    }
    return { id, event, records, lines };
  }

  async function answerTo(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
    const action = own(actions, path);
    if (request.method === 'POST' && action) return json(await action(await orderIn(request)));
    if (request.method !== 'GET') throw new Refusal(405, `${path} must be asked for by ${action ? 'POST' : 'GET'}`);
    const view = own(views, path);
    if (view) return json(await view(query));
    if (path.startsWith(eventPath)) return json(await eventView(idIn(path)));
    const file = await staticFile(path);
    if (!file) throw new Refusal(405, `${path} must be asked for by POST`);
    return file;
  }

  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
    const isOurs =
      own(views, pathname) || own(actions, pathname) || pathname.startsWith(eventPath) || isStaticFile(pathname);
    if (!isOurs) return false;
    answerTo(request, pathname, searchParams)
      .catch((error: unknown) => json({ error: messageOf(error) }, error instanceof Refusal ? error.status : 500))
      .then((answer) => send(request, response, answer))
      // Nobody is there any more.
      .catch(() => response.destroy());
    return true;
  };
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function limitIn(query: URLSearchParams, most: number): number {
  const limit = Number(query.get('limit') ?? most);
  if (!Number.isInteger(limit) || limit < 1) throw new Refusal(400, `limit must be a whole number from 1 to ${most}`);
  return Math.min(limit, most);
}

function idIn(path: string): string {
  const id = decoded(path.slice(eventPath.length));
  if (id === undefined || !/^[\w.:~#-]{1,200}$/.test(id)) throw new Refusal(400, 'an event is asked for by its id');
  return id;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
