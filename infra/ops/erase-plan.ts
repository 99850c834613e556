import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import type { EraseOptions } from './erase-options.ts';

/** What is to be removed, as it was found. */
export interface ErasePlan {
  /** Ids of events, each with the sort keys that its records in the ledger have or would get. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** Keys of bodies that no other event has. */
  readonly bodies: ReadonlySet<string>;
  /** Hours of the archive that have something of it. */
  readonly hours: ReadonlySet<string>;
}

/** Lines that are written at once. */
const linesAtOnce = 1_000;

/**
 * A plan in a file: on the disk before anything is removed, so that what a crash interrupted is known although half of
 * what told of it may be gone. Of what was asked the file has a digest, never a name or an address.
 */
export class PlanFile {
  readonly path: string;
  readonly #of: string;

  constructor(options: EraseOptions, places: { readonly bucket: string; readonly table: string }) {
    this.#of = digestOf(options, places);
    this.path = options.plan ?? `erase-${this.#of.slice(0, 12)}.ndjson`;
  }

  /**
   * What an earlier call with the same options planned and did not finish; an empty plan otherwise.
   *
   * @throws ConfigurationError where the file is none, or another's
   */
  unfinished(): ErasePlan {
    const plan = { events: new Map<string, readonly string[]>(), bodies: new Set<string>(), hours: new Set<string>() };
    const lines = this.#lines();
    const [header] = lines;
    if (!header) return plan;
    if (header.v !== 1 || typeof header.of !== 'string') {
      throw new ConfigurationError([`--plan must be the file of an erasure, got ${this.path}, which is none`]);
    }
    if (header.of !== this.#of) {
      throw new ConfigurationError([`${this.path} must be of this erasure, got one of other options`]);
    }
    if (lines.some(({ finished }) => typeof finished === 'string')) return plan;
    for (const { id, records, body, hour } of lines) {
      if (typeof id === 'string' && Array.isArray(records)) plan.events.set(id, records.map(String));
      if (typeof body === 'string') plan.bodies.add(body);
      if (typeof hour === 'string') plan.hours.add(hour);
    }
    return plan;
  }

  /** Replaces the file; answers when it is on the disk. */
  write({ events, bodies, hours }: ErasePlan, startedAt: string): void {
    const made = `${this.path}.new`;
    try {
      const file = openSync(made, 'w');
      try {
        let text = '';
        let count = 0;
        const put = (line: object): void => {
          text += `${JSON.stringify(line)}\n`;
          count += 1;
          if (count % linesAtOnce !== 0) return;
          writeSync(file, text);
          text = '';
        };
        put({ v: 1, of: this.#of, startedAt });
        for (const hour of hours) put({ hour });
        for (const body of bodies) put({ body });
        for (const [id, records] of events) put({ id, records });
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(made, this.path);
    } catch (cause) {
      throw new ConfigurationError([`--plan must be a file that can be written, got ${messageOf(cause)}`], { cause });
    }
  }

  /** Notes that all of it has gone, and how much that was. */
  finish(at: string, removed: Readonly<Record<string, number>>): void {
    const file = openSync(this.path, 'a');
    writeSync(file, `${JSON.stringify({ finished: at, removed })}\n`);
    fsyncSync(file);
    closeSync(file);
  }

  #lines(): readonly Readonly<Record<string, unknown>>[] {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw new ConfigurationError([`--plan must be a file that can be read, got ${messageOf(cause)}`], { cause });
    }
    return text
      .split('\n')
      .slice(0, -1)
      .map((line, at) => objectIn(line, `${this.path} line ${at + 1}`));
  }
}

function digestOf(
  { sources, from, to, tenant, ids, subject, mention, stage }: EraseOptions,
  { bucket, table }: { readonly bucket: string; readonly table: string },
): string {
  const all = [sources, from, String(to), tenant ?? null, ids, subject ?? null, mention ?? null, stage, bucket, table];
  return hash('sha256', JSON.stringify(all), 'hex');
}

function objectIn(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw new ConfigurationError([`--plan must be the file of an erasure, got ${where}, which is no JSON object`]);
}
