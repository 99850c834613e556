/** Adds up a counter by its `reason`, out of the metrics (CloudWatch's EMF) that functions wrote. */
export function countsByReason(lines: readonly string[], metric: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const at = line.indexOf('{"_aws"');
    if (at < 0 || !line.includes(`"${metric}"`)) continue;
    const emf = JSON.parse(line.slice(at)) as Readonly<Record<string, unknown>>;
    const values = [emf[metric] ?? []].flat().filter((value) => typeof value === 'number');
    const reason = typeof emf.reason === 'string' ? emf.reason : '';
    counts.set(reason, (counts.get(reason) ?? 0) + values.reduce((sum, value) => sum + value, 0));
  }
  return counts;
}
