/** Time as an argument, so that a test can turn it. */
export interface Time {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends after so many milliseconds, or rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
