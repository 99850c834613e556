import { consume } from '../consume/consume.ts';

interface Push {
  readonly ref?: string;
  readonly commits?: readonly { readonly id: string; readonly message: string }[];
  readonly repository?: { readonly full_name?: string };
}

/** Drafts a line of release notes for each commit that reaches a branch, and for whatever else moves a release on. */
export const handler = consume<Push>('release-notes', async (event, { logger }) => {
  const { ref, commits = [], repository } = event.data;
  const lines = commits.map(({ id, message }) => `${id.slice(0, 7)} ${message.split('\n')[0]}`);
  logger.info('release notes', { repository: repository?.full_name, ref, lines: lines.length });
});
