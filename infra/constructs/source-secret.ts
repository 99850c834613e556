import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

export interface SourceSecretProps {
  readonly secretName: string;
  readonly source: string;
}

/**
 * The secrets of a source, which only people put there: it is created without any value, so that no deployment can
 * ever overwrite one.
 */
export class SourceSecret extends Construct {
  constructor(scope: Construct, id: string, { secretName, source }: SourceSecretProps) {
    super(scope, id);
    const secret = new CfnSecret(this, 'Secret', {
      name: secretName,
      description: `Signing secrets of the source ${source}: one as plain text, a JSON list of several while they change, or a JSON object.`,
    });
    acknowledge(secret, {
      'AwsSolutions-SMG4':
        'The platform issues the secret, so AWS cannot rotate it. Two can be valid at once, and a metric says which one matched.',
    });
  }
}
