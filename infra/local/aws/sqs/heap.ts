interface Node<T> {
  readonly item: T;
  key: number;
  /** Of equal keys the one that was put first comes first. */
  readonly turn: number;
}

/** Items in the order of their keys, each at most once; any item can be moved or removed in logarithmic time. */
export class Heap<T> {
  readonly #nodes: Node<T>[] = [];
  readonly #places = new Map<T, number>();
  #turns = 0;

  get size(): number {
    return this.#nodes.length;
  }

  /** The item with the smallest key. */
  peek(): T | undefined {
    return this.#nodes[0]?.item;
  }

  /** The smallest key. */
  peekKey(): number | undefined {
    return this.#nodes[0]?.key;
  }

  /** Puts an item in, or gives it another key. */
  set(item: T, key: number): void {
    this.delete(item);
    this.#turns += 1;
    this.#nodes.push({ item, key, turn: this.#turns });
    this.#up(this.#nodes.length - 1);
  }

  delete(item: T): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#nodes.pop();
    if (!last || place === this.#nodes.length) return;
    this.#put(last, place);
    this.#up(place);
    this.#down(this.#places.get(last.item) ?? place);
  }

  clear(): void {
    this.#nodes.length = 0;
    this.#places.clear();
  }

  #up(start: number): void {
    let place = start;
    const node = this.#nodes[place];
    if (!node) return;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#nodes[above];
      if (!parent || !isBefore(node, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(node, place);
  }

  #down(start: number): void {
    let place = start;
    const node = this.#nodes[place];
    if (!node) return;
    for (;;) {
      const left = this.#nodes[2 * place + 1];
      const right = this.#nodes[2 * place + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, node)) break;
      const below = 2 * place + (child === right ? 2 : 1);
      this.#put(child, place);
      place = below;
    }
    this.#put(node, place);
  }

  #put(node: Node<T>, place: number): void {
    this.#nodes[place] = node;
    this.#places.set(node.item, place);
  }
}

function isBefore<T>(a: Node<T>, b: Node<T>): boolean {
  return a.key < b.key || (a.key === b.key && a.turn < b.turn);
}
