import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tinyAssembly } from '../support/tiny-assembly.ts';
import { bareBundle } from './bare-bundle.ts';

/** Its only source. */
export const bareSource = 'hook';

/** An assembly with nothing of ours: a function that sends what comes to a queue, and one behind it that does nothing. */
export async function bareAssembly(): Promise<string> {
  const receiver = readFileSync(join(await bareBundle('bare-sender.ts'), 'index.mjs'), 'utf8');
  const worker = 'export const handler = async () => ({ batchItemFailures: [] });';
  const directory = tinyAssembly({
    bundles: { receiver, worker },
    visibilitySeconds: 30,
    // With the memory and the time that ours has.
    resources: {
      Receiver: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'tiny-receiver',
          Code: { S3Bucket: 'assets', S3Key: 'receiver.zip' },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Timeout: 29,
          MemorySize: 1_024,
          Environment: {
            Variables: {
              QUEUE_URL: {
                'Fn::Join': [
                  '/',
                  [
                    { 'Fn::Join': ['.', ['https://sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::URLSuffix' }]] },
                    { Ref: 'AWS::AccountId' },
                    'tiny-work',
                  ],
                ],
              },
            },
          },
        },
      },
    },
  });
  process.once('exit', () => rmSync(directory, { recursive: true }));
  return directory;
}
