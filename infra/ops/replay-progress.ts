import { hash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { IdHashes } from '../../functions/archive/id-hashes.ts';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';

/** What a replay is about: whatever of it differs, it is another one. */
export type Fingerprint = Readonly<Record<string, string>>;

/** How a replay begins. */
export interface Beginning {
  /** The run of `all`; 0 otherwise. */
  readonly run: number;
  /** Nothing else has it: what a replay sends twice SQS may take for one. */
  readonly replay: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

interface Header extends Beginning {
  readonly v: 1;
  readonly of: Fingerprint;
}

/** What stands in a progress file. */
interface Stored {
  readonly header: Header;
  readonly done: IdHashes;
  readonly sent: number;
  readonly finishedAt: string | undefined;
  /** Up to where it is whole, where a crash cut its last line short. In bytes. */
  readonly cutAt: number | undefined;
}

/**
 * What a replay has done with, event by event: a file to which a line is added for each page. It is on the disk before
 * the next page begins; a line that a crash cut short does not count, and its events are decided anew. Events are
 * remembered and not a place in the archive: what comes late, or in another order, is not passed by.
 *
 * Holds 8 bytes for each event.
 */
export class Progress {
  readonly path: string;
  readonly beginning: Beginning;
  /** What was done with, and how many messages for that, when it was opened; `undefined` where it begins. */
  readonly before: { readonly events: number; readonly sent: number } | undefined;
  readonly #file: number;
  readonly #done: IdHashes;

  /**
   * Begins a replay, or goes on with it.
   *
   * @throws ConfigurationError where the file is none, is about another replay, or about one that must not be begun anew
   */
  static open(path: string, of: Fingerprint, beginning: Beginning, repeatable: boolean): Progress {
    const stored = storedAt(path);
    if (!stored) return new Progress(path, begun(path, { v: 1, of, ...beginning }), false);
    const { header, finishedAt } = stored;
    const names = [...new Set([...Object.keys(of), ...Object.keys(header.of)])];
    const differing = names.filter((name) => of[name] !== header.of[name]);
    if (differing.length > 0) {
      const told = differing.map((name) => `${name} is ${header.of[name] || 'not given'} there`);
      throw new ConfigurationError([`${path} must be of this replay, got one of another: ${told.join(', ')}`]);
    }
    if (finishedAt === undefined) return new Progress(path, stored, true);
    if (repeatable) return new Progress(path, begun(path, { v: 1, of, ...beginning }), false);
    throw new ConfigurationError([
      `${path} says that this replay ended at ${finishedAt} (run ${header.run}, messages sent: ${stored.sent}); ` +
        'to run everything once more, remove it, or name another by --progress',
    ]);
  }

  private constructor(path: string, { header, done, sent, cutAt }: Stored, resumed: boolean) {
    this.path = path;
    this.beginning = header;
    this.before = resumed ? { events: done.size, sent } : undefined;
    this.#done = done;
    this.#file = openSync(path, 'a');
    if (cutAt !== undefined) ftruncateSync(this.#file, cutAt);
  }

  has(id: string): boolean {
    return this.#done.has(markOf(id));
  }

  /** Notes events that are done with, and for how many messages; answers when it is on the disk. */
  add(ids: readonly string[], sent: number): void {
    if (ids.length > 0) this.#write({ done: ids.map(markOf), sent });
  }

  finish(at: string): void {
    this.#write({ finished: at });
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
    fsyncSync(this.#file);
  }
}

/** The file's usual name: each replay has its own. */
export function progressName(of: Fingerprint): string {
  const entries = Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1));
  return `replay-${hash('sha256', JSON.stringify(entries), 'hex').slice(0, 12)}.ndjson`;
}

/** 64 bits stand for an event: beside its id they would be four times as long. */
function markOf(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, 11);
}

function begun(path: string, header: Header): Stored {
  const text = `${JSON.stringify(header)}\n`;
  const made = `${path}.new`;
  try {
    const file = openSync(made, 'w');
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(made, path);
  } catch (cause) {
    throw new ConfigurationError([`--progress must be a file that can be written, got ${messageOf(cause)}`], { cause });
  }
  return { header, done: new IdHashes(), sent: 0, finishedAt: undefined, cutAt: undefined };
}

function storedAt(path: string): Stored | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigurationError([`--progress must be a file that can be read, got ${messageOf(cause)}`], { cause });
  }
  const length = bytes.lastIndexOf(10) + 1;
  const [first = '', ...lines] = bytes.subarray(0, length).toString('utf8').split('\n').slice(0, -1);
  const header = objectIn(first);
  if (header?.v !== 1 || typeof header.run !== 'number' || typeof header.of !== 'object') {
    throw new ConfigurationError([`--progress must be the file of a replay, got ${path}, which is none`]);
  }
  const done = new IdHashes();
  let sent = 0;
  let finishedAt: string | undefined;
  for (const [at, text] of lines.entries()) {
    const line = objectIn(text);
    if (!line) throw new ConfigurationError([`${path} must be whole, got one that is damaged in line ${at + 2}`]);
    if (typeof line.finished === 'string') finishedAt = line.finished;
    if (Array.isArray(line.done)) for (const mark of line.done) done.add(String(mark));
    if (typeof line.sent === 'number') sent += line.sent;
  }
  return {
    header: header as unknown as Header,
    done,
    sent,
    finishedAt,
    cutAt: length < bytes.length ? length : undefined,
  };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
