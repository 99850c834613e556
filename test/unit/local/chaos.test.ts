import { describe, expect, test } from 'vitest';
import { type Chaos, chaosOf } from '../../../infra/local/chaos.ts';

const draw = (chaos: Chaos, site: string, times: number) => Array.from({ length: times }, () => chaos.random(site));

describe('chaos', () => {
  test('gives the same schedule again for the same seed, and another for another', () => {
    const schedule = draw(chaosOf(7), 'lambda', 100);
    expect(draw(chaosOf(7), 'lambda', 100)).toEqual(schedule);
    expect(draw(chaosOf(8), 'lambda', 100)).not.toEqual(schedule);
  });

  test('keeps what happens at one site apart from how often another was asked', () => {
    const alone = draw(chaosOf(7), 'lambda', 20);
    const chaos = chaosOf(7);
    const mixed = alone.map(() => {
      chaos.random('sqs');
      return chaos.random('lambda');
    });
    expect(mixed).toEqual(alone);
  });

  test('gives each site luck of its own', () => {
    const chaos = chaosOf(7);
    expect(draw(chaos, 'sqs', 20)).not.toEqual(draw(chaos, 'lambda', 20));
  });

  test('comes true about as often as its probability says', () => {
    const chaos = chaosOf(1);
    const hits = (probability: number) =>
      Array.from({ length: 5_000 }, () => chaos.roll(`at ${probability}`, probability)).filter(Boolean).length;
    expect(hits(0)).toBe(0);
    expect(hits(1)).toBe(5_000);
    expect(hits(0.1)).toBeGreaterThan(400);
    expect(hits(0.1)).toBeLessThan(600);
  });

  test('rolls as it draws, so that a schedule can be told beforehand', () => {
    const expected = draw(chaosOf(3), 'site', 50).map((number) => number < 0.3);
    const chaos = chaosOf(3);
    expect(expected.map(() => chaos.roll('site', 0.3))).toEqual(expected);
  });
});
