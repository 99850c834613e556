import { consume } from '../consume/consume.ts';
import { PermanentError } from '../core/errors.ts';

interface Issue {
  readonly action?: string;
  readonly issue?: {
    readonly number: number;
    readonly title: string;
    readonly labels?: readonly { readonly name: string }[];
  };
}

const words: Readonly<Record<string, readonly string[]>> = {
  bug: ['crash', 'error', 'broken', 'fails', 'bug'],
  question: ['how', 'why', 'what', '?'],
};

/** Suggests a label for an issue by the words of its title. */
export const handler = consume<Issue>('issue-triage', async (event, { logger }) => {
  const { issue } = event.data;
  if (!issue) throw new PermanentError(`event.data.issue must be an object, got ${typeof issue}`);
  const title = issue.title.toLowerCase();
  const label = Object.keys(words).find((name) => words[name]?.some((word) => title.includes(word))) ?? 'triage';
  logger.info('suggested a label', { issue: issue.number, label });
});
