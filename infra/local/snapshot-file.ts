import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../functions/core/errors.ts';
import type { Clock } from './service.ts';

/** How long changes are gathered before they are written, in milliseconds. */
const gatherMs = 200;

/** After a write, so many times as long as it took nothing is written: a large state never keeps the process busy. */
const restFactor = 10;

/** A part of the runtime's state in a file: whole at any time, whenever the process ends. */
export class SnapshotFile {
  readonly #path: string;
  readonly #take: () => unknown;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  #restUntil = 0;
  #cancel: (() => void) | undefined;

  /** @param take answers what is to be written, as JSON */
  constructor(path: string, take: () => unknown, { clock, log }: { clock: Clock; log: (line: string) => void }) {
    this.#path = path;
    this.#take = take;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Hands over what the file holds; does nothing where there is no file.
   *
   * @throws Error naming the file where it cannot be read or understood.
   */
  restore(restore: (snapshot: unknown) => void): void {
    const text = this.#read();
    if (text === undefined) return;
    try {
      restore(JSON.parse(text));
    } catch (cause) {
      throw new Error(`${this.#path} is damaged (${messageOf(cause)}); remove it to start without it`, { cause });
    }
  }

  /** Says that there is something new to write; it is written a little later, with what else changes until then. */
  changed(): void {
    const restMs = this.#restUntil - this.#clock.now();
    this.#cancel ??= this.#clock.after(Math.max(gatherMs, restMs), () => {
      try {
        this.write();
      } catch (error) {
        this.#log(messageOf(error));
      }
    });
  }

  /**
   * Writes now.
   *
   * @throws Error naming the file where it cannot be written.
   */
  write(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const begun = this.#clock.now();
    replaceFile(this.#path, JSON.stringify(this.#take()));
    const ended = this.#clock.now();
    this.#restUntil = ended + (ended - begun) * restFactor;
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Error(`${this.#path} cannot be read: ${messageOf(cause)}`, { cause });
    }
  }
}

/**
 * Writes a file so that at every moment it holds the old text or the new one. Only its owner may read it: secrets are
 * among it.
 *
 * @throws Error naming the file where it cannot be written.
 */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (cause) {
    throw new Error(`${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
