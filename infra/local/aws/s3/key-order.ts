/** Keys in the order in which S3 lists them, sorted only when somebody asks. */
export class KeyOrder {
  readonly #keys = new Set<string>();
  #sorted: string[] | undefined;

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.#sorted = undefined;
  }

  /** Keys that begin with `prefix` and are not before `from`, in order. */
  *from(prefix: string, from: string): Generator<string> {
    this.#sorted ??= [...this.#keys].sort(compareKeys);
    const sorted = this.#sorted;
    const start = compareKeys(from, prefix) > 0 ? from : prefix;
    for (let at = firstNotBefore(sorted, start); at < sorted.length; at++) {
      const key = sorted[at] as string;
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }
}

/** S3 orders keys by their UTF-8 bytes; JavaScript's own order differs where a character needs two units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function firstNotBefore(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
