import { describe, expect, test } from 'vitest';
import {
  type AlarmState,
  type Datapoint,
  missingTreatments,
  stateBy,
} from '../../../../infra/local/watch/datapoints.ts';

const signs: Readonly<Record<string, Datapoint>> = { X: 'breaching', '0': 'within', '-': 'missing' };

function statesBy(row: string, datapointsToAlarm: number, current: AlarmState = 'OK', evaluationPeriods = 3) {
  const points = row.split(' ').map((sign) => signs[sign] ?? 'missing');
  const states = missingTreatments.map((treatMissing) => [
    treatMissing,
    stateBy(points, { evaluationPeriods, datapointsToAlarm, treatMissing }, current),
  ]);
  return Object.fromEntries(states) as Record<(typeof missingTreatments)[number], AlarmState>;
}

/** In the order of AWS's tables; `kept` is the state that the alarm had. */
const as = (missing: string, ignore: string, breaching: string, notBreaching: string, kept: AlarmState) => ({
  missing,
  ignore: ignore === 'kept' ? kept : ignore,
  breaching,
  notBreaching,
});

describe.each<AlarmState>(['OK', 'ALARM', 'INSUFFICIENT_DATA'])('an alarm that is in %s', (current) => {
  test.each([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'kept', 'ALARM', 'OK'],
    ['- - - - X', 'INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK'],
    ['X - - - -', 'ALARM', 'kept', 'ALARM', 'OK'],
  ])('of 3 out of 3 is judged by %s as AWS says', (row, missing, ignore, breaching, notBreaching) => {
    expect(statesBy(row, 3, current)).toEqual(as(missing, ignore, breaching, notBreaching, current));
  });

  test.each([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'kept', 'ALARM', 'OK'],
    ['- - - - X', 'INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK'],
  ])('of 2 out of 3 is judged by %s as AWS says', (row, missing, ignore, breaching, notBreaching) => {
    expect(statesBy(row, 2, current)).toEqual(as(missing, ignore, breaching, notBreaching, current));
  });

  test('of 1 out of 1 goes by the latest data, from further back if need be', () => {
    expect(new Set(Object.values(statesBy('X 0 -', 1, current, 1)))).toEqual(new Set(['OK']));
    expect(new Set(Object.values(statesBy('0 X -', 1, current, 1)))).toEqual(new Set(['ALARM']));
  });
});
