import type { ProviderName } from '../../functions/core/provider-names.ts';
import { adyen } from './adyen.ts';
import { asana } from './asana.ts';
import { auth0 } from './auth0.ts';
import { awsSns } from './aws-sns.ts';
import { bitbucket } from './bitbucket.ts';
import { box } from './box.ts';
import { brex } from './brex.ts';
import { calCom } from './cal-com.ts';
import { calendly } from './calendly.ts';
import { circleci } from './circleci.ts';
import { clerk } from './clerk.ts';
import { contentful } from './contentful.ts';
import { datadog } from './datadog.ts';
import { discord } from './discord.ts';
import { docusign } from './docusign.ts';
import { dropbox } from './dropbox.ts';
import { figma } from './figma.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { hubspot } from './hubspot.ts';
import { intercom } from './intercom.ts';
import { jira } from './jira.ts';
import { line } from './line.ts';
import { linear } from './linear.ts';
import { mailgun } from './mailgun.ts';
import { meta } from './meta.ts';
import { microsoftGraph } from './microsoft-graph.ts';
import { monday } from './monday.ts';
import { notion } from './notion.ts';
import { okta } from './okta.ts';
import { openai } from './openai.ts';
import { paddle } from './paddle.ts';
import { pagerduty } from './pagerduty.ts';
import { paypal } from './paypal.ts';
import type { Platform } from './platform.ts';
import { replicate } from './replicate.ts';
import { resend } from './resend.ts';
import { sendgrid } from './sendgrid.ts';
import { sentry } from './sentry.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { square } from './square.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { svix } from './svix.ts';
import { telegram } from './telegram.ts';
import { trello } from './trello.ts';
import { twilio } from './twilio.ts';
import { twitch } from './twitch.ts';
import { typeform } from './typeform.ts';
import { vercel } from './vercel.ts';
import { whatsapp } from './whatsapp.ts';
import { woocommerce } from './woocommerce.ts';
import { x } from './x.ts';
import { xero } from './xero.ts';
import { zendesk } from './zendesk.ts';
import { zoom } from './zoom.ts';

/** Every platform that there is a preset for. */
export const platforms: Readonly<Record<ProviderName, Platform>> = {
  adyen,
  asana,
  auth0,
  'aws-sns': awsSns,
  bitbucket,
  box,
  brex,
  'cal-com': calCom,
  calendly,
  circleci,
  clerk,
  contentful,
  datadog,
  discord,
  docusign,
  dropbox,
  figma,
  github,
  gitlab,
  hubspot,
  intercom,
  jira,
  line,
  linear,
  mailgun,
  meta,
  'microsoft-graph': microsoftGraph,
  monday,
  notion,
  okta,
  openai,
  paddle,
  pagerduty,
  paypal,
  replicate,
  resend,
  sendgrid,
  sentry,
  shopify,
  slack,
  square,
  'standard-webhooks': standardWebhooks,
  stripe,
  svix,
  telegram,
  trello,
  twilio,
  twitch,
  typeform,
  vercel,
  whatsapp,
  woocommerce,
  x,
  xero,
  zendesk,
  zoom,
};
