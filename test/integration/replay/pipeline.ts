import { definePipeline, type Selectable } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const handlers = 'test/integration/replay/handlers';
// The test fills in its own.
const environment = { WITNESS_URL: 'http://127.0.0.1:9' };

/** Consumers of each kind that a replay treats in a way of its own, behind an archive that writes at once. */
export const pipeline = definePipeline({
  archive: { windowSeconds: 1 },
  sources: { warehouse: signersSources.warehouse, github: signersSources.github },
  consumers: {
    plain: {
      from: { source: 'warehouse', types: ['parcel', 'letter'] },
      handler: `${handlers}/plain.ts`,
      environment,
    },
    ordered: {
      from: { source: 'warehouse', types: ['parcel'] },
      handler: `${handlers}/ordered.ts`,
      order: { by: ({ tenant }) => tenant ?? '' },
      environment,
    },
    mortal: {
      from: { source: 'warehouse', types: ['fatal'] },
      handler: `${handlers}/mortal.ts`,
      environment,
    },
    patient: {
      from: { source: 'warehouse', types: ['hard'] },
      handler: `${handlers}/patient.ts`,
      retry: { attempts: 100, baseSeconds: 1, capSeconds: 1 },
      environment,
    },
    split: {
      from: { source: 'warehouse', types: ['list'] },
      handler: `${handlers}/split.ts`,
      items: ({ data }: Selectable) => (data as { items: unknown[] }).items,
      environment,
    },
    hub: {
      from: { source: 'github' },
      handler: `${handlers}/hub.ts`,
      environment,
    },
    leaving: {
      from: { source: 'warehouse' },
      handler: `${handlers}/leaving.ts`,
      draining: true,
      environment,
    },
  },
});
