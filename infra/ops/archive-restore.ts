import { RestoreObjectCommand, type S3Client, type Tier as TierName } from '@aws-sdk/client-s3';
import { type ArchiveAccess, refusalOf } from './archive-access.ts';
import type { ColdObject } from './archive-cold.ts';
import { type Count, type FrozenClass, restores, type Tier } from './archive-restore-tiers.ts';
import { reasonOf } from './source-secret.ts';

/**
 * Where an object is on its way back: nobody asked for it; it has just been asked for; it was before; it can be read; or
 * Intelligent-Tiering has moved it to an archive tier, out of which nothing here takes it.
 */
export type State = 'frozen' | 'asked' | 'under way' | 'ready' | 'tiered';

/** What a copy is asked for by. */
export interface Request {
  readonly tier: Tier;
  readonly days: number;
}

/** Asks S3 for a copy of an object. */
export interface Restorer {
  /**
   * What came of it; a text where S3 refused this object, saying why.
   *
   * @throws AccessError where it would refuse any, Error where it has no capacity for the tier
   */
  ask(key: string, request: Request): Promise<{ readonly state: State } | { readonly trouble: string }>;
}

const names: Readonly<Record<Tier, TierName>> = { bulk: 'Bulk', standard: 'Standard', expedited: 'Expedited' };

/** Restores objects of a bucket. */
export function restorerOf(client: S3Client, bucket: string): Restorer {
  return {
    async ask(key, { tier, days }) {
      const RestoreRequest = { Days: days, GlacierJobParameters: { Tier: names[tier] } };
      try {
        await client.send(new RestoreObjectCommand({ Bucket: bucket, Key: key, RestoreRequest }));
        return { state: 'asked' };
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        // Somebody asked for it meanwhile.
        if (name === 'RestoreAlreadyInProgress') return { state: 'under way' };
        if (name === 'GlacierExpeditedRetrievalNotAvailable') {
          const expected = 'S3 must have capacity for --tier expedited at this moment';
          throw new Error(`${expected}, got none: try again later, or by --tier standard`, { cause: error });
        }
        if (ofObject.has(name)) return { trouble: `${key} must be restored, got ${name}: ${reasonOf(error)}` };
        throw refusalOf(error, bucket, 'let the caller restore its objects (s3:RestoreObject)');
      }
    },
  };
}

/** What S3 says about one object and not about the caller. */
const ofObject = new Set(['NoSuchKey', 'InvalidObjectState', 'ObjectAlreadyInActiveTierError']);

/** What is counted together. */
interface Group extends Pick<ColdObject, 'kind' | 'storageClass'> {
  readonly state: State;
  objects: number;
  bytes: number;
}

/** What of a range was met in which state. */
export class RestoreTally {
  /** The key first met of those in an archive tier. */
  tiered: string | undefined;
  /** Of copies that are ready, when the first of them goes; in milliseconds since 1970. */
  until: number | undefined;
  readonly #groups: Group[] = [];

  /** Objects in whichever state. */
  get all(): number {
    return this.#groups.reduce((sum, { objects }) => sum + objects, 0);
  }

  add({ key, size, kind, storageClass }: ColdObject, state: State, until?: number): void {
    const is = (group: Group): boolean =>
      group.state === state && group.kind === kind && group.storageClass === storageClass;
    const group = this.#groups.find(is) ?? { state, kind, storageClass, objects: 0, bytes: 0 };
    if (group.objects === 0) this.#groups.push(group);
    group.objects += 1;
    group.bytes += size;
    if (state === 'tiered') this.tiered ??= key;
    if (until !== undefined) this.until = Math.min(this.until ?? until, until);
  }

  count(state: State, kind?: ColdObject['kind'], storageClass?: FrozenClass): Count {
    let [objects, bytes] = [0, 0];
    for (const group of this.#groups) {
      if (group.state !== state || (kind ?? group.kind) !== group.kind) continue;
      if ((storageClass ?? group.storageClass) !== group.storageClass) continue;
      objects += group.objects;
      bytes += group.bytes;
    }
    return { objects, bytes };
  }

  /** By storage class, which restoring costs by. */
  byClass(state: State): ReadonlyMap<FrozenClass, Count> {
    const classes: readonly FrozenClass[] = ['GLACIER', 'DEEP_ARCHIVE'];
    return new Map(classes.map((each) => [each, this.count(state, undefined, each)]));
  }
}

export interface SurveyOptions {
  readonly objects: AsyncIterable<ColdObject>;
  readonly access: Pick<ArchiveAccess, 'standingOf'>;
  /** What nobody has asked for is asked for. @default nothing is */
  readonly restoring?: Request & { readonly restorer: Restorer };
  /** Told of each object that S3 did not restore. */
  readonly tell: (trouble: string) => void;
  /** Filled as it goes. */
  readonly tally: RestoreTally;
}

/** S3 takes 1,000 restore requests a second. */
const atOnce = 16;

/**
 * Looks where each object is on its way back, and asks for what is not, where it is told to.
 *
 * @throws AccessError, Error where S3 has no capacity for the tier; what was asked for before is in the tally
 */
export async function survey({ objects, access, restoring, tell, tally }: SurveyOptions): Promise<void> {
  let failure: { readonly error: unknown } | undefined;

  async function look(object: ColdObject): Promise<void> {
    const standing = await access.standingOf(object.key);
    if (!standing) return tell(`missing: ${object.key}: object must be there, got none`);
    const { storageClass, tier, copy, until } = standing;
    const isFrozen = storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
    if (copy !== undefined && (isFrozen || tier !== undefined)) return tally.add(object, copy, until);
    if (tier !== undefined) return tally.add(object, 'tiered');
    // It has left Glacier since it was listed, or Intelligent-Tiering never moved it so far.
    if (!isFrozen) return;
    if (!restoring || !restores(restoring.tier, storageClass)) return tally.add(object, 'frozen');
    const answer = await restoring.restorer.ask(object.key, restoring);
    if ('trouble' in answer) tell(answer.trouble);
    tally.add(object, 'state' in answer ? answer.state : 'frozen');
  }

  const left = objects[Symbol.asyncIterator]();
  const work = async (): Promise<void> => {
    try {
      for (let next = await left.next(); !next.done && !failure; next = await left.next()) await look(next.value);
    } catch (error) {
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await left.return?.();
  if (failure) throw failure.error;
}
