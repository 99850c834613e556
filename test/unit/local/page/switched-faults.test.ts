import { expect, test } from 'vitest';
import { Faults } from '../../../../infra/local/faults.ts';
import { SwitchedFaults } from '../../../../infra/local/page/switched-faults.ts';
import type { AwsRequest } from '../../../../infra/local/service.ts';

const request: AwsRequest = {
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.alloc(0),
  target: undefined,
  signal: new AbortController().signal,
};

test('switches a fault on and off, and counts the calls that met it', () => {
  const faults = new Faults();
  const switched = new SwitchedFaults(faults);
  const id = switched.on({ service: 'sqs', action: 'SendMessage', kind: 'throttle' });
  expect(faults.next('sqs', 'SendMessage', request)).toBe('throttle');
  expect(faults.next('sqs', 'ReceiveMessage', request)).toBeUndefined();
  expect(switched.list()).toEqual([{ id, service: 'sqs', action: 'SendMessage', kind: 'throttle', met: 1 }]);
  expect(switched.off(id)).toBe(true);
  expect(faults.next('sqs', 'SendMessage', request)).toBeUndefined();
  expect(switched.list()).toEqual([]);
  expect(switched.off(id)).toBe(false);
});

test('no longer lists a fault that was for some calls and is over', () => {
  const faults = new Faults();
  const switched = new SwitchedFaults(faults);
  switched.on({ service: 's3', kind: 'fail', times: 2 });
  faults.next('s3', 'PutObject', request);
  expect(switched.list()).toMatchObject([{ met: 1, times: 2 }]);
  faults.next('s3', 'GetObject', request);
  expect(switched.list()).toEqual([]);
});

test('leaves the faults of others alone, and refuses more than fifty', () => {
  const faults = new Faults();
  faults.add({ service: 'dynamodb', kind: 'fail' });
  const switched = new SwitchedFaults(faults);
  for (let number = 0; number < 50; number++) switched.on({ service: 'sqs', kind: 'fail' });
  expect(() => switched.on({ service: 'sqs', kind: 'fail' })).toThrow('at most 50 faults can be on at once');
  for (const { id } of switched.list()) switched.off(id);
  expect(faults.next('dynamodb', 'GetItem', request)).toBe('fail');
});
