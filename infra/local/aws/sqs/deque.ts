/** Freed places at the front are given back from so many on. */
const slack = 1_024;

/** A queue from whose front items are taken in constant time. Positions stay the same while items come and go. */
export class Deque<T> {
  #items: (T | undefined)[] = [];
  /** Position of the first place in `#items`. */
  #offset = 0;
  #head = 0;

  /** Position of the first item. */
  get start(): number {
    return this.#offset + this.#head;
  }

  /** Position after the last item. */
  get end(): number {
    return this.#offset + this.#items.length;
  }

  at(position: number): T | undefined {
    return position < this.start ? undefined : this.#items[position - this.#offset];
  }

  first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= slack && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#offset += this.#head;
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#offset = this.end;
    this.#items = [];
    this.#head = 0;
  }
}
