import { withinTrace } from '../../functions/consume/ambient-trace.ts';
import type { Message } from '../../functions/core/message.ts';
import type { Telemetry } from '../../functions/core/telemetry.ts';
import { nextStep, traceIdOf } from '../../functions/core/trace.ts';

/** An event that a consumer processes at its first attempt. */
export interface Processed {
  readonly message: Message;
  readonly messageId: string;
}

/** What a handler does within an event's trace. */
export type TellingHandler = (
  event: Message['event'],
  log: (text: string, more: Readonly<Record<string, unknown>>) => void,
) => void;

/** Tells of an event what a consumer tells of one that goes well, in the same order; a test compares the two. */
export async function tellProcessed(
  telemetry: Telemetry,
  consumer: string,
  { message, messageId }: Processed,
  handle: TellingHandler,
): Promise<void> {
  const dimensions = { consumer };
  const { event } = message;
  const brief = () => ({
    consumer,
    eventId: event.id,
    traceId: traceIdOf(message),
    source: event.source,
    type: event.type,
  });
  const lines = { ...brief(), messageId, attempt: 1 };
  const trace = nextStep(message.trace, { newTraceId: traceIdOf(message) });
  const started = Date.now();
  await withinTrace(trace, async () => {
    handle(event, (text, more) => telemetry.log.info(text, { ...lines, ...more }));
  });
  telemetry.duration('HandlerDuration', dimensions, Date.now() - started);
  telemetry.count('Attempts', dimensions);
  telemetry.count('Succeeded', dimensions);
  const ms = Math.max(0, Date.now() - Date.parse(message.receivedAt));
  telemetry.count('Processed', dimensions);
  telemetry.duration('ReceiptToCompletion', dimensions, ms);
  telemetry.annotate(dimensions, 'processed', { ...brief(), attempt: 1, handlerMs: ms, msSinceReceipt: ms });
}
