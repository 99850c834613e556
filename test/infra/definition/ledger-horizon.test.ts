import { expect, test } from 'vitest';
import { ledgerDays, queueRetentionDays } from '../../../functions/core/definition.ts';
import { presets } from '../../../functions/receive/providers/all.ts';
import { hmac } from '../../../functions/receive/providers/hmac.ts';
import { deadLetterRetentionDays } from '../../../infra/definition/retention.ts';

const declared = hmac({ algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-signature' }, signed: '{body}' });

/** An event may wait in its queue, then among the dead letters, while its platform still sends it again. */
test.each(Object.values({ ...presets, declared }).map(({ name, retrySpanHours }) => [name, retrySpanHours] as const))(
  'no copy of an event of %s outlives its record, though it is sent again for %i hours',
  (_name, retrySpanHours) => {
    expect(retrySpanHours).toBeGreaterThan(0);
    expect(queueRetentionDays + deadLetterRetentionDays + retrySpanHours / 24).toBeLessThanOrEqual(ledgerDays);
  },
);
