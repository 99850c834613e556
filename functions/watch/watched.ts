import { consumersOf, isArchived, type PipelineDefinition } from '../core/definition.ts';
import { archiveQueue, deadLetterQueueName, queueName } from '../core/names.ts';
import type { Watched } from './watch.ts';

/** Every queue of a definition that something eats from: those of consumers, draining ones too, and the archive's. */
export function watchedIn(definition: PipelineDefinition): readonly Watched[] {
  const watched = ({ name, fifo }: { readonly name: string; readonly fifo: boolean }) => ({
    name,
    queue: queueName(name, fifo),
    deadLetterQueue: deadLetterQueueName(name, fifo),
  });
  return [
    ...consumersOf(definition).map((consumer) => ({
      ...watched(consumer),
      noted: true,
      circuit: consumer.circuit?.name,
    })),
    // What the archiver cannot write comes again with its queue's own timeout.
    ...(isArchived(definition) ? [{ ...watched({ name: archiveQueue, fifo: false }), noted: false }] : []),
  ];
}
