import type { ObjectStore } from '../../functions/core/objects.ts';

/** An operator has asked for nothing. A function looks once a minute, which no event notices. */
export const noSettings: Pick<ObjectStore, 'get'> = {
  get: () => Promise.reject(Object.assign(new Error('there is none'), { name: 'NoSuchKey' })),
};
