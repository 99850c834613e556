import { hash } from 'node:crypto';

/** Ids by 64 bits of their hash: 8 bytes each, however many and long they are. */
export class IdHashes {
  #values = new BigUint64Array(1024);
  #size = 0;
  #sorted = true;

  add(id: string): void {
    this.#push(hashOf(id));
  }

  addAll(others: IdHashes): void {
    for (const value of others.#values.subarray(0, others.#size)) this.#push(value);
  }

  /** Whether the id was added, but for a chance of one in 2⁶⁴ for each that was. */
  has(id: string): boolean {
    if (this.#size === 0) return false;
    const values = this.#inOrder();
    const value = hashOf(id);
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[middle] as bigint) < value) low = middle + 1;
      else high = middle;
    }
    return values[low] === value;
  }

  /** Those that were added more than once. */
  repeated(): IdHashes {
    const repeated = new IdHashes();
    let before: bigint | undefined;
    for (const value of this.#inOrder()) {
      if (value === before) repeated.#push(value);
      before = value;
    }
    return repeated;
  }

  get size(): number {
    return this.#size;
  }

  #push(value: bigint): void {
    if (this.#size === this.#values.length) {
      const larger = new BigUint64Array(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
    this.#sorted = false;
  }

  #inOrder(): BigUint64Array {
    const values = this.#values.subarray(0, this.#size);
    if (!this.#sorted) values.sort();
    this.#sorted = true;
    return values;
  }
}

function hashOf(id: string): bigint {
  return hash('sha1', id, 'buffer').readBigUInt64LE(0);
}
