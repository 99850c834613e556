import { expect, test } from 'vitest';
import { functionLog } from '../../../infra/local/function-log.ts';

const metrics = JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'Nerite' }] }, accepted: 1 });

function logged(text: string, options = { metrics: false }): string[] {
  const lines: string[] = [];
  functionLog('receiver', (line) => lines.push(line), options)(text);
  return lines;
}

test('names the function before each line', () => {
  expect(logged('one\ntwo\n')).toEqual(['receiver | one', 'receiver | two']);
});

test('leaves metrics out unless they are asked for', () => {
  expect(logged(metrics)).toEqual([]);
  expect(logged(metrics, { metrics: true })).toEqual([`receiver | ${metrics}`]);
  expect(logged('{"message":"CloudWatchMetrics"}')).toEqual(['receiver | {"message":"CloudWatchMetrics"}']);
});

test('shows what a line of metrics says of an event', () => {
  const both = JSON.stringify({
    _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: 'Nerite' }] },
    Processed: 1,
    level: 'INFO',
    message: 'processed',
    eventId: 'an-id',
  });
  expect(logged(both)).toEqual(['receiver | {"level":"INFO","message":"processed","Processed":1,"eventId":"an-id"}']);
  expect(logged(both, { metrics: true })).toEqual([`receiver | ${both}`]);
});

test('lets others hear every line, those that it leaves out as well', () => {
  const heard: string[] = [];
  functionLog('receiver', () => {}, { metrics: false, heard: (line) => heard.push(line) })(`one\n${metrics}\n`);
  expect(heard).toEqual(['one', metrics]);
});
