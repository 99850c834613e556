/** A source's hour, UTC, as it stands in keys: `source=github/year=2026/month=11/day=21/hour=09`. */
export function hourPath({ source, receivedAt }: { readonly source: string; readonly receivedAt: string }): string {
  const [, year, month, day, hour] = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):/.exec(receivedAt) ?? [];
  if (year === undefined) throw new Error(`receivedAt must be RFC 3339 in UTC, got ${JSON.stringify(receivedAt)}`);
  return `source=${source}/year=${year}/month=${month}/day=${day}/hour=${hour}`;
}

/** A source's hour out of such a path; `undefined` where it is none. */
export function hourIn(path: string): { readonly source: string; readonly startsAt: number } | undefined {
  const form = /^source=([a-z][a-z0-9-]{0,39})\/year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=([01]\d|2[0-3])$/;
  const [, source, year, month, day, hour] = form.exec(path) ?? [];
  if (source === undefined) return undefined;
  const startsAt = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
  return Number.isNaN(startsAt) ? undefined : { source, startsAt };
}
