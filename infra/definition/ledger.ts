import type { CapacityRange, PipelineDefinition, ProvisionedLedger } from '../../functions/core/definition.ts';
import { ledgerDefaults } from './defaults.ts';
import type { Field } from './field.ts';

/** Of a table, unless AWS has raised it. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const mostUnits = 40_000;
const ranges = ['writeUnits', 'readUnits'] as const;

/** Checks how the ledger is billed. */
export function checkLedger(field: Field): void {
  if (!field.given || !field.object('an object with its billing')) return;
  const billing = field.at('billing').oneOf(['on-demand', 'provisioned']);
  if (billing === undefined) return;
  field.object('', billing === 'provisioned' ? ['billing', ...ranges, 'targetUtilizationPercent'] : ['billing']);
  if (billing === 'on-demand') return;
  for (const name of ranges) checkRange(field.at(name), ledgerDefaults[name]);
  const target = field.at('targetUtilizationPercent');
  // Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
  if (target.given) target.integer(20, 90);
}

function checkRange(field: Field, otherwise: Required<CapacityRange>): void {
  if (!field.given || !field.object('an object of min and max', ['min', 'max'])) return;
  const bound = (name: 'min' | 'max') =>
    field.at(name).given ? field.at(name).integer(1, mostUnits) : otherwise[name];
  const [min, max] = [bound('min'), bound('max')];
  if (min === undefined || max === undefined || min <= max) return;
  if (field.at('max').given) field.at('max').refuse(`at least min (${min})`, max);
  else field.at('min').refuse(`at most max (${max})`, min);
}

/** Capacity of a provisioned ledger, every default filled in. */
export interface LedgerCapacity {
  readonly writeUnits: Required<CapacityRange>;
  readonly readUnits: Required<CapacityRange>;
  readonly targetUtilizationPercent: number;
}

/** Fills in what a provisioned ledger leaves out; `undefined` for one on demand. */
export function ledgerCapacityOf({ ledger }: Pick<PipelineDefinition, 'ledger'>): LedgerCapacity | undefined {
  return ledger?.billing === 'provisioned' ? capacityOf(ledger) : undefined;
}

function capacityOf({ writeUnits, readUnits, targetUtilizationPercent }: ProvisionedLedger): LedgerCapacity {
  return {
    writeUnits: { ...ledgerDefaults.writeUnits, ...writeUnits },
    readUnits: { ...ledgerDefaults.readUnits, ...readUnits },
    targetUtilizationPercent: targetUtilizationPercent ?? ledgerDefaults.targetUtilizationPercent,
  };
}
