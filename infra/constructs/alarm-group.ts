import { Construct } from 'constructs';
import type { AlarmKind } from '../../functions/core/definition.ts';
import type { AlarmPlan, Watch } from './alarm-plan.ts';
import { NotifiedAlarm } from './notified-alarm.ts';

export interface AlarmGroupProps {
  readonly watch: Watch;
  readonly plans: readonly AlarmPlan[];
  /** Kinds of which a composite alarm gives notice, where there are such. @default none */
  readonly spokenFor?: readonly AlarmKind[];
}

/** The alarms of one subject, without those that the definition does not want. */
export class AlarmGroup extends Construct {
  readonly #made = new Map<AlarmKind, NotifiedAlarm[]>();

  constructor(scope: Construct, id: string, { watch, plans, spokenFor = [] }: AlarmGroupProps) {
    super(scope, id);
    const { without, composite } = watch.settings;
    for (const plan of plans.filter(({ kind }) => !without.includes(kind))) {
      const props = { watch, plan, spokenFor: composite && spokenFor.includes(plan.kind) };
      const alarm = new NotifiedAlarm(this, `${plan.subject}-${plan.kind}`, props);
      this.#made.set(plan.kind, [...(this.#made.get(plan.kind) ?? []), alarm]);
    }
  }

  /** Those of some kinds, as far as there are any. */
  of(...kinds: readonly AlarmKind[]): readonly NotifiedAlarm[] {
    return kinds.flatMap((kind) => this.#made.get(kind) ?? []);
  }
}
