import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type LogSettings, logSettingsIn } from '../../functions/core/log-settings.ts';
import { logSettingsKey } from '../../functions/core/names.ts';
import { refusalOf } from './archive-access.ts';

/** What functions are told to write down, as an operator reaches it. */
export interface StoredLogSettings {
  /** `undefined` where there are none, or none that this version knows. */
  read(): Promise<LogSettings | undefined>;
  write(settings: LogSettings): Promise<void>;
}

/** The settings in a bucket; what S3 refuses is an AccessError. */
export function storedLogSettings(client: S3Client, bucket: string): StoredLogSettings {
  const refused = (error: unknown) =>
    refusalOf(
      error,
      bucket,
      `let the caller read and write ${logSettingsKey} (s3:GetObject, s3:PutObject, s3:ListBucket)`,
    );
  return {
    async read() {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: logSettingsKey }));
        return logSettingsIn((await Body?.transformToString()) ?? '');
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw refused(error);
      }
    },
    async write(settings) {
      const Body = JSON.stringify(settings);
      // A bucket with Object Lock takes nothing without a checksum; the client sends one by itself.
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: logSettingsKey,
        Body,
        ContentType: 'application/json',
      });
      try {
        await client.send(command);
      } catch (error) {
        throw refused(error);
      }
    },
  };
}

/** What holds, in a sentence; settings that are over hold no more. */
export function sentenceOn(settings: LogSettings | undefined, now: number): string {
  if (!settings || Date.parse(settings.until) <= now) return 'functions write what the definition says';
  const { level, sample, functions, until } = settings;
  const who = functions ? functions.join(', ') : 'every function';
  const what = [
    ...(level === undefined ? [] : [`level ${level}`]),
    ...(sample === undefined ? [] : [`a share of ${sample} of the events that went well`]),
  ].join(' and ');
  return `${who}: ${what || 'nothing else than the definition says'}, until ${until}`;
}
