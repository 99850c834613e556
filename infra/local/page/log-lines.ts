/** A line that a function wrote. */
export interface LogLine {
  /** When it came in, in milliseconds since 1970. */
  readonly at: number;
  readonly function: string;
  /** INFO, WARN and the like, where the line says. */
  readonly level?: string;
  readonly message?: string;
  readonly eventId?: string;
  readonly consumer?: string;
  /** As it was written, cut off where it is very long. */
  readonly text: string;
}

const mostLines = 5_000;
const mostCharacters = 5_000_000;
const mostCharactersOfLine = 16_384;

/** The newest lines of all functions, so many and so much of them, found by their event. */
export class LogLines {
  /** Its beginning has been forgotten, up to `#first`. */
  #lines: LogLine[] = [];
  #first = 0;
  #characters = 0;
  readonly #byEvent = new Map<string, LogLine[]>();

  add(line: LogLine): void {
    const text = line.text.length > mostCharactersOfLine ? `${line.text.slice(0, mostCharactersOfLine)}…` : line.text;
    const kept = { ...line, text };
    this.#lines.push(kept);
    this.#characters += text.length;
    if (kept.eventId !== undefined) {
      const others = this.#byEvent.get(kept.eventId);
      if (others) others.push(kept);
      else this.#byEvent.set(kept.eventId, [kept]);
    }
    while (this.size > mostLines || this.#characters > mostCharacters) this.#forgetFirst();
  }

  get size(): number {
    return this.#lines.length - this.#first;
  }

  /** What was written about an event, the oldest first. */
  of(eventId: string): readonly LogLine[] {
    return [...(this.#byEvent.get(eventId) ?? [])];
  }

  /** The newest lines, the newest first. */
  latest(limit: number): readonly LogLine[] {
    return this.#lines.slice(Math.max(this.#first, this.#lines.length - limit)).reverse();
  }

  #forgetFirst(): void {
    const line = this.#lines[this.#first];
    this.#first += 1;
    // Cut now and then, rather than shifted each time.
    if (this.#first > mostLines) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
    if (!line) return;
    this.#characters -= line.text.length;
    if (line.eventId === undefined) return;
    // Of one event, too, the oldest goes first.
    const others = this.#byEvent.get(line.eventId);
    others?.shift();
    if (others?.length === 0) this.#byEvent.delete(line.eventId);
  }
}
