import { telemetryOf } from '../../functions/core/telemetry.ts';
import { nextStep } from '../../functions/core/trace.ts';
import { type Acceptance, reportsTo } from '../../functions/receive/reports.ts';
import { noSettings } from './no-settings.ts';

const { STAGE = '' } = process.env;
const reports = reportsTo(telemetryOf('receiver', STAGE, noSettings));

/** A webhook that a receiver has accepted. */
export interface Accepted extends Acceptance {
  /** Of its headers. */
  readonly traceparent?: string;
}

/** What the receiver makes of an accepted webhook for those who watch, and nothing else. */
export async function handler({ traceparent, ...acceptance }: Accepted): Promise<{ readonly statusCode: number }> {
  const { traceparent: trace } = nextStep(traceparent);
  reports.accepted({ ...acceptance, message: { ...acceptance.message, trace } }, Date.now());
  reports.flush(Date.now());
  return { statusCode: 200 };
}
