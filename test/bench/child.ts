import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { messageOf } from '../../functions/core/errors.ts';

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/**
 * A process that answers one question at a time. What it writes to stdout goes to /dev/null: written it is, as on
 * Lambda, but nowhere that would slow it down.
 */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;

  /**
   * @param file its module in this folder
   * @param environment all of it
   */
  constructor(
    file: string,
    { args = [], environment }: { readonly args?: readonly string[]; readonly environment?: Record<string, string> },
  ) {
    this.#name = file;
    this.#process = fork(join(import.meta.dirname, file), [...args], {
      env: environment ?? process.env,
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** @throws Error with what went wrong in the process. */
  async ask<Value>(question?: unknown): Promise<Value> {
    const ended = new AbortController();
    const { signal } = ended;
    const answered = once(this.#process, 'message', { signal }).then(([answer]) => answer as Answer);
    const exited = once(this.#process, 'exit', { signal }).then(([code, by]): Answer => {
      return { ok: false, message: `it ended with ${by ?? `exit code ${code}`}` };
    });
    this.#process.send({ question });
    const answer = await Promise.race([answered, exited]);
    ended.abort();
    await Promise.allSettled([answered, exited]);
    if (!answer.ok) throw new Error(`${this.#name}: ${answer.message}`);
    return answer.value as Value;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

/** Answers the questions of the process that started this one, and ends with it. */
export function answerParent(answer: (question: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ question }: { question: unknown }) => {
    const given: Answer = await answer(question).then(
      (value) => ({ ok: true, value }),
      (error: unknown) => ({ ok: false, message: messageOf(error) }),
    );
    process.send?.(given);
  });
}
