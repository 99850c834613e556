import { CfnDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { DomainDefinition } from '../../functions/core/definition.ts';

/**
 * A domain name of one's own, for which API Gateway answers by TLS 1.2 or later. It outlives the code that it leads to, so
 * that the DNS record which points at its target stays right.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
 */
export class WebhookDomain extends Construct {
  /** What the name's DNS record must point at. */
  readonly target: string;
  /** The hosted zone of that target, for an alias record in Route 53. */
  readonly hostedZoneId: string;

  constructor(scope: Construct, id: string, { name, certificateArn }: DomainDefinition) {
    super(scope, id);
    const domain = new CfnDomainName(this, 'Domain', {
      domainName: name,
      domainNameConfigurations: [{ endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2', certificateArn }],
    });
    this.target = domain.attrRegionalDomainName;
    this.hostedZoneId = domain.attrRegionalHostedZoneId;
  }
}
