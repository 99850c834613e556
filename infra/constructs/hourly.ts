import type { Construct } from 'constructs';
import { ScheduledFunction, type ScheduleProps } from './scheduled-function.ts';

/**
 * Runs a function each hour, somewhere within a quarter of one, so that not everybody's runs begin together; a run that
 * could not start is tried again for half an hour.
 */
export class Hourly extends ScheduledFunction {
  constructor(scope: Construct, id: string, props: ScheduleProps) {
    super(scope, id, props, {
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 1_800 },
    });
  }
}
