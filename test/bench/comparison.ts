import { type Spread, spreadOf } from './spread.ts';

/** What something of ours costs beside the bare minimum for the same. */
export interface Comparison {
  readonly ours: Spread;
  readonly bare: Spread;
  /** Ours divided by bare, of each two neighbouring rounds. */
  readonly ratio: Spread;
}

/** Measures one round. */
export type Measure = (round: number) => Promise<number>;

/** Measures both by turns, so that whatever else the machine does meets both alike. The first rounds do not count. */
export async function compared(
  ours: Measure,
  bare: Measure,
  { warmUp, rounds }: { readonly warmUp: number; readonly rounds: number },
): Promise<Comparison> {
  const measured: { readonly ours: number; readonly bare: number }[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const pair = { ours: await ours(round), bare: await bare(round) };
    if (round >= warmUp) measured.push(pair);
  }
  return {
    ours: spreadOf(measured.map((pair) => pair.ours)),
    bare: spreadOf(measured.map((pair) => pair.bare)),
    ratio: spreadOf(measured.map((pair) => pair.ours / pair.bare)),
  };
}
