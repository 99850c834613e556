import { AwsError, type Clock } from '../../service.ts';
import type { Secret } from './secret.ts';

/** Secrets by name; one whose time to recover it is over is gone. */
export class SecretStore {
  readonly #secrets = new Map<string, Secret>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now();
  }

  all(): Secret[] {
    const now = this.now();
    for (const { name, deletion } of this.#secrets.values()) {
      if (deletion !== undefined && deletion <= now) this.#secrets.delete(name);
    }
    return [...this.#secrets.values()];
  }

  named(name: string): Secret | undefined {
    return this.all().find((secret) => secret.name === name);
  }

  /** By name, ARN, or ARN without its last seven characters. @throws AwsError where there is none. */
  find(id: string | undefined): Secret {
    const secrets = this.all();
    const found =
      secrets.find(({ name }) => name === id) ?? secrets.find(({ arn }) => arn === id || arn.slice(0, -7) === id);
    if (!found)
      throw new AwsError(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return found;
  }

  /** As {@link find}. @throws AwsError also where it is marked for deletion. */
  findLive(id: string | undefined): Secret {
    const secret = this.find(id);
    if (secret.deletion === undefined) return secret;
    const message = "You can't perform this operation on the secret because it was marked for deletion.";
    throw new AwsError(400, 'InvalidRequestException', message);
  }

  set(secret: Secret): void {
    this.#secrets.set(secret.name, secret);
  }

  delete(name: string): void {
    this.#secrets.delete(name);
  }
}
