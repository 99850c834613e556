import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/**
 * Lines as Powertools writes them, without what each event would pay for and nobody asks: sampling is done here, the log group
 * says which stage it is, and the consumer which service. X-Ray's id is there where it has a trace by it.
 */
export class LeanFormat extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, xRayTraceId } = attributes;
    return new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: 'consumer' in more ? undefined : serviceName,
        xray_trace_id: isRecorded() ? xRayTraceId : undefined,
      },
    }).addAttributes(more);
  }
}

/** Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function isRecorded(): boolean {
  return process.env._X_AMZN_TRACE_ID?.includes('Sampled=1') ?? false;
}
