import { messageOf } from '../../functions/core/errors.ts';

/** What has been opened, to be closed in the opposite order. */
export class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closed: Promise<void> | undefined;

  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /**
   * Closes everything, whatever of it fails; asked again, waits for the same.
   *
   * @throws Error saying what failed to close.
   */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new Error(failures.map(messageOf).join('; '), { cause: failures[0] });
  }
}
