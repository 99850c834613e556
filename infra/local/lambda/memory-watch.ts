import type { ResourceLimits, Worker } from 'node:worker_threads';

const intervalMs = 25;

/** V8 collects lazily: a healthy thread may hold this much garbage beyond its memory. */
const garbageMb = 128;

/**
 * V8's own limits for a thread. They stand well above the function's memory and are only the backstop of
 * {@link watchMemory}: where a single allocation meets them, V8 does not end the thread but aborts the whole process.
 * A small young generation keeps V8 from the same when it promotes.
 */
export function heapLimitsOf(memoryMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: memoryMb + 512, maxYoungGenerationSizeMb: Math.max(4, Math.ceil(memoryMb / 16)) };
}

/**
 * Calls back once when a thread uses more memory than its function has, buffers included (which V8's limits leave
 * out). Answers how to stop watching.
 */
export function watchMemory(worker: Worker, memoryMb: number, exceeded: () => void): () => void {
  let asked = false;
  const timer = setInterval(async () => {
    if (asked) return;
    asked = true;
    const heap = await worker.getHeapStatistics().catch(() => undefined);
    asked = false;
    if (!heap || heap.used_heap_size + heap.external_memory <= (memoryMb + garbageMb) * 2 ** 20) return;
    clearInterval(timer);
    exceeded();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
