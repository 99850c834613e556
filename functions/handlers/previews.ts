import { consume } from '../consume/consume.ts';

interface Push {
  readonly ref?: string;
  readonly after?: string;
  readonly repository?: { readonly full_name?: string };
}

/** Builds a preview of a branch: of many pushes within a few seconds only of the last one. */
export const handler = consume<Push>('previews', async (event, { logger, signal }) => {
  signal.throwIfAborted();
  const { ref, after, repository } = event.data;
  logger.info('built a preview', { repository: repository?.full_name, ref, commit: after });
});
