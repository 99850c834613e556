import type { Construct } from 'constructs';
import { ScheduledFunction, type ScheduleProps } from './scheduled-function.ts';

/** Runs a function each minute; a run that could not start is not made up for, since the next is near. */
export class EveryMinute extends ScheduledFunction {
  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id, props, {
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    });
  }
}
