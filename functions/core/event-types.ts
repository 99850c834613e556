/**
 * Whether an event type is one that a pattern means. `*` stands for any run of characters, none included;
 * everything else stands for itself, case included. Runs in time linear in pattern × type.
 *
 * @example matchesType('pull_request.*', 'pull_request.opened') // true
 */
export function matchesType(pattern: string, type: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === type;
  const tail = rest.pop() as string;
  if (type.length < head.length + tail.length || !type.startsWith(head) || !type.endsWith(tail)) return false;
  let from = head.length;
  for (const part of rest) {
    const at = type.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= type.length - tail.length;
}
