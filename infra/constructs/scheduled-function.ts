import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';

export interface ScheduleProps {
  readonly scheduleName: string;
  readonly target: IFunction;
}

/** How often, how exactly, and what becomes of a run that could not start. */
export type Timing = Pick<CfnSchedule, 'scheduleExpression' | 'flexibleTimeWindow'> & {
  readonly retryPolicy: CfnSchedule.RetryPolicyProperty;
};

/** A schedule that may invoke one function and nothing else, and that no other account can use to do so. */
export class ScheduledFunction extends Construct {
  constructor(scope: Construct, id: string, { scheduleName, target }: ScheduleProps, { retryPolicy, ...when }: Timing) {
    super(scope, id);
    const { account } = Stack.of(this);
    const group = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    // Only schedules of this account may take the role on.
    // Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } },
      }),
      description: `Lets the schedule ${scheduleName} invoke its function`,
    });
    const policy = new Policy(this, 'Invoke', {
      roles: [role],
      statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] })],
    });
    const schedule = new CfnSchedule(this, 'Schedule', {
      ...when,
      name: scheduleName,
      target: { arn: target.functionArn, roleArn: role.roleArn, retryPolicy },
    });
    schedule.node.addDependency(policy);
  }
}
