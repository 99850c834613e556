import { vi } from 'vitest';
import { contractNow } from './preset-contract.ts';

/** Whether an SDK's verifier, which looks at the clock itself and throws what it refuses, accepts when a contract's webhooks are sent. */
export function acceptsAtContractTime(verify: () => unknown): boolean {
  vi.useFakeTimers({ now: contractNow, toFake: ['Date'] });
  try {
    verify();
    return true;
  } catch {
    return false;
  } finally {
    vi.useRealTimers();
  }
}
