import { boundedKey } from '../core/bounded-key.ts';
import type { QuotaDefinition, QuotaLimit } from '../core/definition.ts';

/**
 * Adds to a count that all receivers share. Never fails.
 *
 * @param window when the window began that is counted, in seconds since 1970; each window counts from 0
 * @param until when nobody needs the count any more, in seconds since 1970
 * @returns the count after it; `undefined` where nobody said in time
 */
export type AddToCount = (key: string, window: number, count: number, until: number) => Promise<number | undefined>;

/** An event that exceeds a quota. */
export interface Beyond {
  /** Whose quota it is: the key by which its like wait together. */
  readonly whose: string;
  /** Seconds until the window is over. */
  readonly retryAfter: number;
  readonly refuse: boolean;
}

/** Counts a verified event; tells whether it is one too many. Never fails: a count that is not to be had lets it through. */
export type Quota = (
  source: string,
  quota: QuotaDefinition | undefined,
  tenant: string | undefined,
  now: number,
) => Promise<Beyond | undefined>;

/** What this receiver has of a window. */
interface Share {
  /** Of the shared count, so far. */
  taken: number;
  /** Of that, not used yet. */
  left: number;
  /** The shared count is used up. */
  spent: boolean;
  taking?: Promise<void>;
}

/** A receiver takes so many at a time at most, as a part of the whole, so that the count is written rarely. */
const slices = 100;
/** After a count that was not to be had, nobody is asked for so long. */
const pauseMs = 5_000;
/** More shares are not remembered: whoever makes up tenants must not fill the memory. */
const mostShares = 10_000;

/**
 * A quota that every receiver keeps, each by slices of a shared count. What a receiver took and did not use by a window's
 * end is lost to it: for each receiver that runs at most a hundredth of `limit.events`, and at most as many as it used.
 */
export function quotaBy(add: AddToCount): Quota {
  const shares = new Map<string, Share>();
  let silentUntil = 0;

  function shareOf(key: string, window: number): Share {
    // Requests of the window before may come amid those of the new one, and must not cost them their share.
    const place = `${window} ${key}`;
    const share = shares.get(place) ?? { taken: 0, left: 0, spent: false };
    // What was used last stands last.
    shares.delete(place);
    shares.set(place, share);
    for (const oldest of shares.keys()) {
      if (shares.size <= mostShares) break;
      shares.delete(oldest);
    }
    return share;
  }

  async function take(
    share: Share,
    { key, window, now }: { readonly key: string; readonly window: number; readonly now: number },
    { events, perSeconds }: QuotaLimit,
  ): Promise<void> {
    // Never more than it has used: of many receivers that need little each, none goes without.
    const slice = Math.min(Math.max(1, Math.floor(events / slices)), Math.max(1, share.taken));
    const after = await add(key, window, slice, window + 2 * perSeconds);
    if (after === undefined) {
      silentUntil = Math.max(silentUntil, now + pauseMs);
      return;
    }
    const mine = Math.max(0, Math.min(slice, events - (after - slice)));
    share.taken += mine;
    share.left += mine;
    share.spent = after >= events;
  }

  /** Seconds until the window is over, where this event is one too many of it. */
  async function exceeded(key: string, limit: QuotaLimit, now: number): Promise<number | undefined> {
    const seconds = Math.floor(now / 1000);
    const window = seconds - (seconds % limit.perSeconds);
    const share = shareOf(key, window);
    while (share.left === 0) {
      if (share.spent) return window + limit.perSeconds - seconds;
      if (now < silentUntil) return undefined;
      share.taking ??= take(share, { key, window, now }, limit).finally(() => {
        share.taking = undefined;
      });
      await share.taking;
    }
    share.left -= 1;
    return undefined;
  }

  return async (source, quota, tenant, now) => {
    if (!quota) return undefined;
    const refuse = quota.beyond === 'refuse';
    // A tenant that has used up its own share takes nothing of the source's.
    const whose = [
      ...(quota.tenant && tenant !== undefined
        ? [{ key: `quota#${source}#${boundedKey(tenant)}`, limit: quota.tenant }]
        : []),
      ...(quota.source ? [{ key: `quota#${source}`, limit: quota.source }] : []),
    ];
    for (const { key, limit } of whose) {
      const retryAfter = await exceeded(key, limit, now);
      if (retryAfter !== undefined) return { whose: key, retryAfter, refuse };
    }
    return undefined;
  };
}
