import { plainConsumer } from '../defaults.ts';
import type { Field } from '../field.ts';

/** Checks what a downstream's health is told by, and between which bounds the functions follow it. */
export function checkAdapt(adapt: Field, consumer: Field): void {
  const keys = ['floor', 'errorRate', 'latencyMs', 'lag', 'intervalSeconds'];
  if (!adapt.object('an object, empty if the defaults will do', keys)) return;
  const [floor, errorRate, latencyMs] = [adapt.at('floor'), adapt.at('errorRate'), adapt.at('latencyMs')];
  const [lag, intervalSeconds] = [adapt.at('lag'), adapt.at('intervalSeconds')];
  if (floor.given) floor.integer(1, numberAt(consumer, 'concurrency', 1_000), ', its concurrency');
  if (errorRate.given) errorRate.number(0.001, 1);
  if (latencyMs.given) latencyMs.number(1, numberAt(consumer, 'timeoutSeconds', 840) * 1000, ', its timeout');
  if (lag.given) lag.number(0, Number.MAX_SAFE_INTEGER);
  if (intervalSeconds.given) intervalSeconds.integer(1, 300);
}

/** What a consumer says, or the default; the most that there is where what it says is wrong. */
function numberAt(consumer: Field, key: 'concurrency' | 'timeoutSeconds', most: number): number {
  const { given, value } = consumer.at(key);
  if (!given) return plainConsumer[key];
  return typeof value === 'number' && value >= 1 && value <= most ? value : most;
}
