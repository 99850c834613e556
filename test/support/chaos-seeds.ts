/**
 * Seeds that a test under chaos is to run: what NERITE_CHAOS_SEEDS says, such as `7` or `1,2` or `1-20`, otherwise the
 * first so many.
 *
 * @throws Error where the variable says anything else
 */
export function chaosSeeds(byDefault: number): readonly number[] {
  const text = process.env.NERITE_CHAOS_SEEDS || `1-${byDefault}`;
  return text.split(',').flatMap((part) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (from === undefined) throw new Error(`NERITE_CHAOS_SEEDS must be like \`7\`, \`1,2\` or \`1-20\`, got ${text}`);
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
  });
}
