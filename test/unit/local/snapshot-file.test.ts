import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SnapshotFile } from '../../../infra/local/snapshot-file.ts';
import { TurnedClock } from '../../support/turned-clock.ts';

function kept(content?: string) {
  const path = join(mkdtempSync(join(tmpdir(), 'data-')), 'deep', 'queues.json');
  const clock = new TurnedClock(0);
  const state = { value: 1, takes: 0, costMs: 0 };
  const take = () => {
    state.takes++;
    clock.turn(state.costMs);
    return { value: state.value };
  };
  const log: string[] = [];
  const file = new SnapshotFile(path, take, { clock, log: (line) => log.push(line) });
  if (content !== undefined) {
    file.write();
    writeFileSync(path, content);
  }
  return { path, clock, state, file, log, written: () => JSON.parse(readFileSync(path, 'utf8')) };
}

describe('SnapshotFile', () => {
  test('writes what changed a little later, once for many changes', () => {
    const { path, clock, state, file, written } = kept();
    file.changed();
    state.value = 2;
    file.changed();
    expect(existsSync(path)).toBe(false);
    clock.turn(200);
    expect(written()).toEqual({ value: 2 });
    expect(state.takes).toBe(1);
    clock.turn(10_000);
    expect(state.takes).toBe(1);
  });

  test('writes less often what takes long to write', () => {
    const { clock, state, file } = kept();
    state.costMs = 1_000;
    file.changed();
    clock.turn(200);
    file.changed();
    clock.turn(9_000);
    expect(state.takes).toBe(1);
    clock.turn(2_000);
    expect(state.takes).toBe(2);
  });

  test('hands over what was written, and nothing where there is no file', () => {
    const { file } = kept();
    const restored: unknown[] = [];
    file.restore((snapshot) => restored.push(snapshot));
    expect(restored).toEqual([]);
    file.write();
    file.restore((snapshot) => restored.push(snapshot));
    expect(restored).toEqual([{ value: 1 }]);
  });

  test('names the file that is damaged', () => {
    const { path, file } = kept('{"value":');
    expect(() => file.restore(() => {})).toThrow(
      `${path} is damaged (Unexpected end of JSON input); remove it to start without it`,
    );
    const refusing = () => {
      throw new Error('no queues in it');
    };
    writeFileSync(path, '{}');
    expect(() => file.restore(refusing)).toThrow(`${path} is damaged (no queues in it); remove it to start without it`);
  });

  test('keeps what only its owner may read', () => {
    const { path, file } = kept();
    file.write();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('says that it cannot write, and tries again with the next change', () => {
    const { clock, file, log, path } = kept();
    writeFileSync(join(path, '../..', 'deep'), 'in the way');
    file.changed();
    clock.turn(200);
    file.changed();
    clock.turn(200);
    expect(log).toHaveLength(2);
    expect(log[0]).toContain(`${path} cannot be written: `);
  });
});
