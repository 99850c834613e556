import type { ProviderName } from '../../functions/core/provider-names.ts';
import type { Grammar } from './grammar.ts';

/** GitHub's events that carry an action: their types are `issues.opened` and the like, never `issues` alone. */
export const githubEventsWithAction = [
  'branch_protection_configuration',
  'branch_protection_rule',
  'bypass_request_push_ruleset',
  'bypass_request_secret_scanning',
  'cache_sync',
  'check_run',
  'check_suite',
  'code_scanning_alert',
  'commit_comment',
  'custom_property',
  'custom_property_values',
  'dependabot_alert',
  'deploy_key',
  'deployment',
  'deployment_protection_rule',
  'deployment_review',
  'deployment_status',
  'discussion',
  'discussion_comment',
  'dismissal_request_code_scanning',
  'dismissal_request_dependabot',
  'dismissal_request_secret_scanning',
  'enterprise',
  'exemption_request_push_ruleset',
  'exemption_request_secret_scanning',
  'github_app_authorization',
  'installation',
  'installation_repositories',
  'installation_target',
  'issue_comment',
  'issue_dependencies',
  'issues',
  'label',
  'marketplace_purchase',
  'member',
  'membership',
  'merge_group',
  'meta',
  'milestone',
  'org_block',
  'organization',
  'package',
  'personal_access_token_request',
  'project',
  'project_card',
  'project_column',
  'projects_v2',
  'projects_v2_item',
  'projects_v2_status_update',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'registry_package',
  'release',
  'repository',
  'repository_advisory',
  'repository_dispatch',
  'repository_ruleset',
  'repository_vulnerability_alert',
  'secret_scanning_alert',
  'secret_scanning_alert_location',
  'secret_scanning_scan',
  'security_advisory',
  'sponsorship',
  'star',
  'sub_issues',
  'team',
  'user',
  'watch',
  'workflow_job',
  'workflow_run',
] as const;

/** GitHub's events that are types by themselves. */
export const githubEventsWithoutAction = [
  'create',
  'delete',
  'fork',
  'gollum',
  'page_build',
  'ping',
  'public',
  'push',
  'repository_import',
  'security_and_analysis',
  'status',
  'team_add',
  'workflow_dispatch',
] as const;

const word = { oneOrMore: /[a-z0-9_]/ };
/** Anything that people can read, spaces excluded. */
const printable = { oneOrMore: /[^\s\p{Cc}\p{Cs}]/u };

/** What the types of a source's events can be. */
export interface EventTypes {
  readonly grammar: Grammar;
  /** For people. */
  readonly expected: string;
  /** A type that the platform sends and that never becomes an event. */
  readonly handshake?: string;
}

/** What the receiver calls an event that does not say what it is. */
const unnamed = ['unknown'];

/**
 * The event types of each platform. A new one of a platform that is not in its list yet is added here.
 *
 * Sources: https://docs.github.com/en/webhooks/webhook-events-and-payloads, https://docs.stripe.com/api/events/types,
 * https://shopify.dev/docs/api/webhooks, https://api.slack.com/events,
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
const grammars: Readonly<Partial<Record<ProviderName, EventTypes>>> = {
  github: {
    grammar: [
      ...githubEventsWithoutAction.map((event) => [event]),
      ...githubEventsWithAction.map((event) => [`${event}.`, event === 'repository_dispatch' ? printable : word]),
    ],
    expected: "GitHub's event types, such as `push`, `issues.*` or `pull_request.opened`",
  },
  stripe: {
    // `invoice.paid`, `v1.billing.meter.no_meter_found`, `v2.core.account[requirements].updated`
    grammar: [[word, '.', { oneOrMore: /[a-z0-9_.[\]]/ }]],
    expected: "Stripe's event types, lower-case words with dots, such as `invoice.paid` or `charge.*`",
  },
  shopify: {
    // `orders/create`, and a few with a dot: `customer.tags_added`
    grammar: [
      [word, '/', word],
      [word, '.', word],
    ],
    expected: "Shopify's topics, such as `orders/create` or `orders/*`",
  },
  slack: {
    // `message.channels` and the like are names of subscriptions; the events are `message`, one and all.
    grammar: [[word], ['interactivity.', word], ['command./', printable]],
    expected: "Slack's event types, such as `app_mention`, `command./deploy` or `interactivity.*`",
    // Answered by the receiver itself.
    handshake: 'url_verification',
  },
  'standard-webhooks': {
    grammar: [[printable]],
    expected: 'event types without spaces, such as `user.created`',
  },
};

/** Of a scheme that the definition declares, and of platforms whose types are not listed here. */
const declared: EventTypes = {
  grammar: [[{ oneOrMore: /[^\p{Cc}\p{Cs}]/u }]],
  expected: 'event types without control characters, such as `order.created`',
};

/** What the types of an event can be that comes from a provider; `undefined` stands for a declared HMAC scheme. */
export function typesOf(provider: ProviderName | undefined): EventTypes {
  const types = (provider && grammars[provider]) ?? declared;
  return { ...types, grammar: [...types.grammar, unnamed] };
}
