import type { AttemptResult } from './attempt.ts';

/** Brings together what a handler takes at once: it begins when everybody has come, or is known not to come. */
export interface Gathering<Member> {
  join(member: Member): Promise<AttemptResult>;
  /** Somebody will not come. */
  miss(): void;
}

/** A gathering of so many. */
export function gathering<Member>(
  size: number,
  act: (members: readonly Member[]) => Promise<ReadonlyMap<Member, AttemptResult>>,
): Gathering<Member> {
  const members: Member[] = [];
  const results = Promise.withResolvers<ReadonlyMap<Member, AttemptResult>>();
  let awaited = size;
  const arrived = (): void => {
    awaited -= 1;
    if (awaited === 0 && members.length > 0) results.resolve(act(members));
  };
  return {
    async join(member) {
      members.push(member);
      arrived();
      const result = (await results.promise).get(member);
      if (!result) throw new Error('a gathering must have a result for each of its members');
      return result;
    },
    miss: arrived,
  };
}
