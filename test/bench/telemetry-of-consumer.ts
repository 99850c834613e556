import type { SQSBatchResponse } from 'aws-lambda';
import { telemetryOf } from '../../functions/core/telemetry.ts';
import { type Processed, type TellingHandler, tellProcessed } from './consumer-telemetry.ts';
import { noSettings } from './no-settings.ts';

const { STAGE = '', CONSUMER = '' } = process.env;
const telemetry = telemetryOf(`consumer-${CONSUMER}`, STAGE, noSettings);

/** As much as the measured consumer's own handler says. */
const aLine: TellingHandler = ({ source, type }, log) =>
  log(`${source} says ${type}`, { tenant: 'Codertocat/Hello-World', bytes: 8_192, attempt: 1 });

/** What a consumer makes of a batch of processed events for those who watch, and nothing else. */
export async function handler({ processed }: { readonly processed: readonly Processed[] }): Promise<SQSBatchResponse> {
  await Promise.all(processed.map((each) => tellProcessed(telemetry, CONSUMER, each, aLine)));
  telemetry.flush();
  return { batchItemFailures: [] };
}
