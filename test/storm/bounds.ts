import type { Figures } from './figures.ts';
import { scenario } from './scenario.ts';

/** What the policies promise of the storm, and whether they kept it. */
export interface Bound {
  readonly promise: string;
  readonly got: string;
  readonly kept: boolean;
}

export function boundsOn({ quiet, noisy, starts, throttled, calls, ...figures }: Figures): Bound[] {
  const { completed, dead, attemptsOnDeferrals } = figures;
  const share = throttled / Math.max(1, calls);
  const ratio = quiet.median / noisy.median;
  return [
    {
      promise: `all ${scenario.events} events complete`,
      got: `${completed} completed, ${figures.lost} lost`,
      kept: completed === scenario.events,
    },
    { promise: 'none is dead-lettered', got: `${dead}`, kept: dead === 0 },
    { promise: 'no attempt is spent on a deferral', got: `${attemptsOnDeferrals}`, kept: attemptsOnDeferrals === 0 },
    { promise: '429s below 1 % of calls', got: `${(share * 100).toFixed(2)} %`, kept: share < 0.01 },
    {
      promise: 'never above the pace in any window',
      got: `worst window ${starts.excess > 0 ? `${starts.excess.toFixed(1)} above` : `${(-starts.excess).toFixed(1)} below`}`,
      kept: starts.excess <= 0,
    },
    {
      promise: "quiet tenants' median wait at most a fifth of the noisy one's",
      got: Number.isFinite(ratio) ? ratio.toFixed(2) : 'nothing to compare',
      kept: ratio <= 0.2,
    },
  ];
}
