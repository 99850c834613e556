import type { Observation } from '../../lambda/lambda-function.ts';
import type { MetricStore } from '../metric-store.ts';

/**
 * Writes down what Lambda says of a function: an invocation that was throttled is none.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function lambdaFigures(
  store: Pick<MetricStore, 'put'>,
  functionName: string,
): (observation: Observation) => void {
  const put = (name: string, value: number, unit = 'Count') =>
    store.put({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName }, value, unit });
  return (observation) => {
    put('Throttles', observation.kind === 'throttled' ? 1 : 0);
    put('ConcurrentExecutions', observation.running);
    if (observation.kind === 'throttled') return;
    put('Invocations', 1);
    put('Errors', observation.ok ? 0 : 1);
    put('Duration', observation.durationMs, 'Milliseconds');
  };
}
