import type { Field } from './field.ts';

const domainName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const certificateArn = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;

/** Checks a domain name of one's own for the webhooks. */
export function checkDomain(field: Field): void {
  if (!field.given || !field.object('an object with name and certificateArn', ['name', 'certificateArn'])) return;
  field.at('name').text('a domain name in lower case, such as hooks.example.com', domainName);
  field.at('certificateArn').text('the ARN of a certificate in AWS Certificate Manager', certificateArn);
}
