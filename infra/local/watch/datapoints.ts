export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export const missingTreatments = ['notBreaching', 'breaching', 'missing', 'ignore'] as const;

/** What becomes of periods without any data. */
export type TreatMissing = (typeof missingTreatments)[number];

/** How a period stands to the threshold. */
export type Datapoint = 'breaching' | 'within' | 'missing';

export interface Judgement {
  /** N: of so many data points. */
  readonly evaluationPeriods: number;
  /** M: so many must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissing: TreatMissing;
}

/** CloudWatch looks a little further back than it has to; how far exactly it does not say: two more than three. */
export const furtherPeriods = 2;

/**
 * The state that data points come to, the oldest first. Real ones are taken before missing ones, from further back if
 * need be; only what is then still missing is treated as the alarm says.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function stateBy(
  points: readonly Datapoint[],
  { evaluationPeriods, datapointsToAlarm, treatMissing }: Judgement,
  current: AlarmState,
): AlarmState {
  const judged = (breaching: number): AlarmState => (breaching >= datapointsToAlarm ? 'ALARM' : 'OK');
  const real = points.filter((point) => point !== 'missing');
  const breaching = real.slice(-evaluationPeriods).filter((point) => point === 'breaching').length;
  const missing = evaluationPeriods - real.length;
  if (missing <= 0 || treatMissing === 'notBreaching') return judged(breaching);
  if (treatMissing === 'breaching') return judged(breaching + missing);
  if (breaching >= datapointsToAlarm) return 'ALARM';
  if (real.includes('within')) return 'OK';
  if (treatMissing === 'ignore') return current;
  // A breach that nothing has contradicted for as long as an alarm needs is one, though the data stopped.
  const age = points.length - points.indexOf('breaching');
  return breaching > 0 && age >= datapointsToAlarm ? 'ALARM' : 'INSUFFICIENT_DATA';
}
