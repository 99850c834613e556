/** A piece of an event type: a fixed text, or one or more characters of a class. */
type Piece = string | { readonly oneOrMore: RegExp };

/** The event types that a platform can send: any of several sequences of pieces. */
export type Grammar = readonly (readonly Piece[])[];

interface Step {
  readonly accepts: (character: string) => boolean;
  /** May be taken again and again. */
  readonly repeats: boolean;
}

/**
 * Whether a pattern (`*` stands for any run of characters) means at least one event type of a grammar.
 * Walks both at once, over the pairs of places in them; so it is exact, and takes time linear in one times the other.
 */
export function canMatch(pattern: string, grammar: Grammar): boolean {
  return grammar.some((pieces) => meets(Array.from(pattern), stepsOf(pieces)));
}

function stepsOf(pieces: readonly Piece[]): readonly Step[] {
  return pieces.flatMap((piece): Step[] => {
    if (typeof piece !== 'string') return [{ accepts: (c) => piece.oneOrMore.test(c), repeats: true }];
    return Array.from(piece, (expected) => ({ accepts: (c) => c === expected, repeats: false }));
  });
}

function meets(pattern: readonly string[], steps: readonly Step[]): boolean {
  /** Places that the grammar can be at after one more character: this very one, or any if none is given. */
  const after = (place: number, character?: string): number[] => {
    const takes = (step: Step | undefined) => step && (character === undefined || step.accepts(character));
    const places: number[] = [];
    if (takes(steps[place])) places.push(place + 1);
    const last = steps[place - 1];
    if (last?.repeats && takes(last)) places.push(place);
    return places;
  };
  let places = new Set([0]);
  for (const character of pattern) {
    if (character !== '*') {
      places = new Set([...places].flatMap((place) => after(place, character)));
      continue;
    }
    const reached = [...places];
    for (const place of reached) {
      for (const next of after(place)) {
        if (!places.has(next)) {
          places.add(next);
          reached.push(next);
        }
      }
    }
  }
  return places.has(steps.length);
}
