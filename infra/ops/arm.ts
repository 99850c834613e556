import { secretValueOf } from '../../functions/receive/secrets/secret-value.ts';
import type { StoredSecret } from './source-secret.ts';

/**
 * Lets a source take the secret that its platform delivers with its handshake, for a while. Secrets that it has stay.
 *
 * @param until milliseconds since 1970, at most 15 minutes from now
 */
export async function arm({ read, write }: Pick<StoredSecret, 'read' | 'write'>, until: number): Promise<void> {
  const text = await read();
  const { values, verifyTokens } = text === undefined ? { values: [], verifyTokens: [] } : secretValueOf(text);
  await write(
    JSON.stringify({
      ...(values.length > 0 ? { secret: values } : {}),
      ...(verifyTokens.length > 0 ? { verifyToken: verifyTokens } : {}),
      armedUntil: new Date(until).toISOString(),
    }),
  );
}
