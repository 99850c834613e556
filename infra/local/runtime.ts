import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { startEndpoint } from './aws/endpoint.ts';
import { RequestCounts } from './aws/request-counts.ts';
import { Sqs } from './aws/sqs/sqs.ts';
import { chaosOf } from './chaos.ts';
import { Closers } from './closers.ts';
import { Faults } from './faults.ts';
import { Functions } from './functions.ts';
import { type HttpApi, startHttpApi } from './gateway/http-api.ts';
import { mappingsOf, schedulesOf } from './invokers.ts';
import type { LambdaFunction } from './lambda/lambda-function.ts';
import { localOutputs, type Outputs, outputList, outputNamed } from './outputs.ts';
import { localPage } from './page/local-page.ts';
import { Observed } from './page/observed.ts';
import type { Samples } from './page/samples.ts';
import type { Plan } from './provision/plan.ts';
import { provision } from './provision/provision.ts';
import { hasDetailedMetrics, routesOf } from './provision/routes.ts';
import { type PlannedTemplates, planTemplates } from './provision/templates.ts';
import { fastClock, systemClock } from './service.ts';
import { openServices } from './services.ts';
import { checkedSecrets, checkSources, type SourceSecrets, secretString } from './source-secrets.ts';
import { consumerQueues, type State, stateOf } from './state.ts';
import { loadAssembly } from './template/cloud-assembly.ts';
import { apiFigures } from './watch/figures/api-figures.ts';
import { lambdaFigures } from './watch/figures/lambda-figures.ts';
import { tableFigures } from './watch/figures/table-figures.ts';
import { Watch } from './watch/watch.ts';

export interface RuntimeOptions {
  /** Directory of the cloud assembly, `cdk.out`. */
  readonly assembly: string;
  /** Of the webhooks; 0 takes any free one. @default 0 */
  readonly port?: number;
  /** Host of the URL that platforms were given, where a tunnel leads here under its name. @default none */
  readonly publicHost?: string | undefined;
  /** Of the AWS endpoint; 0 takes any free one. @default 0 */
  readonly awsPort?: number;
  /** A source without one has a secret without any value. */
  readonly secrets: SourceSecrets;
  /** Where state is kept from one start to the next. @default in memory */
  readonly dataDirectory?: string;
  /**
   * How much faster the queues' clock runs than the functions': visibility timeouts, delays and deduplication windows
   * end early, which is meaner than AWS and makes redelivery quick. @default 1
   */
  readonly queueSpeed?: number;
  /**
   * How many of an alarm's seconds pass in one real second: the metrics' minutes, the alarms' periods and the intervals
   * of schedules are shortened by it. What is measured stays what it is: a second of age is a second. @default 1
   */
  readonly alarmSpeed?: number;
  /** Makes things go wrong on purpose, by this seed. @default nothing does */
  readonly chaosSeed?: number;
  readonly log?: (line: string) => void;
  /** Logs metrics too. @default false */
  readonly metrics?: boolean;
  /** Who can make webhooks of the sources' platforms, so that the page can send some. @default nobody */
  readonly samples?: Samples | undefined;
  /** How long running invocations may take to end when the runtime stops, in milliseconds. @default 10000 */
  readonly stopGraceMs?: number;
}

export interface Runtime {
  /** Base URL of the webhooks. */
  readonly url: string;
  readonly awsEndpoint: string;
  /** By stack, with the addresses of this machine in them. */
  readonly outputs: Outputs;
  readonly faults: Faults;
  /** What AWS would bill for: the functions' requests, those of the mappings, and yours. */
  readonly requests: RequestCounts;
  /** The metrics of the pipeline, and the alarms of its templates on them. */
  readonly watch: Pick<Watch, 'metrics' | 'alarms' | 'invalid'>;
  state(): Promise<State>;
  /** A function by its name, with or without the stage's prefix. @throws Error where there is none */
  function(name: string): LambdaFunction;
  /** Fires each schedule now, and waits until they have run. */
  invokeSchedules(): Promise<void>;
  /** Takes no more requests, lets running invocations end, and keeps what is in the data directory whole. */
  stop(): Promise<void>;
}

const account = '000000000000';

/**
 * Works out what a cloud assembly asks for, in the region that AWS_REGION names or us-east-1.
 *
 * @throws TemplateError naming the file, or the stack, the resource and what the runtime does not know.
 */
export function planAssembly(directory: string): PlannedTemplates & { readonly region: string } {
  const region = process.env.AWS_REGION || 'us-east-1';
  return { region, ...planTemplates(loadAssembly(directory), { region, account }) };
}

/**
 * Starts what a cloud assembly describes, on this machine: an HTTP API, functions, event source mappings, schedules, and
 * an AWS endpoint for queues, tables, buckets and secrets. Everything is checked before any port opens, and whatever
 * fails leaves nothing open.
 *
 * @throws Error that names the file, the part of a template, the secret, the port or the function that is at fault.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { region, plan, outputs } = planAssembly(options.assembly);
  const consumers = consumerQueues(plan, outputs);
  checkSources(checkedSecrets(options.secrets, 'secrets'), outputList(outputs, 'Sources'));
  const closers = new Closers();
  try {
    return await opened({ ...options, region, plan, outputs, consumers, closers });
  } catch (error) {
    // What failed first says more than what could not be closed then.
    await closers.close().catch(() => {});
    throw error;
  }
}

interface Opening extends RuntimeOptions {
  readonly region: string;
  readonly plan: Plan;
  readonly outputs: Outputs;
  readonly consumers: ReturnType<typeof consumerQueues>;
  readonly closers: Closers;
}

async function opened(opening: Opening): Promise<Runtime> {
  const { region, plan, outputs, consumers, closers, chaosSeed, log = () => {} } = opening;
  const { stopGraceMs = 10_000, metrics = false, queueSpeed = 1, alarmSpeed = 1, dataDirectory } = opening;
  const chaos = chaosSeed === undefined ? undefined : chaosOf(chaosSeed);
  const faults = new Faults(chaos);
  const counts = new RequestCounts();
  let awsEndpoint = '';
  const sqs = new Sqs({
    queueUrlBase: () => `${awsEndpoint}/${account}`,
    region,
    account,
    clock: queueSpeed === 1 ? systemClock : fastClock(queueSpeed),
    ...(chaos ? { chaos } : {}),
  });
  const services = await openServices(sqs, { region, account, dataDirectory, closers, log });
  await provision(plan, services);
  for (const [source, secret] of Object.entries(opening.secrets)) {
    services.secrets.put((outputNamed(outputs, 'SecretPrefix') ?? '') + source, secretString(secret));
  }

  const watchClock = alarmSpeed === 1 ? systemClock : fastClock(alarmSpeed);
  const watch = new Watch({
    metricAlarms: plan.alarms,
    compositeAlarms: plan.compositeAlarms,
    sqs,
    clock: watchClock,
  });
  const endpoint = await startEndpoint({
    port: opening.awsPort ?? 0,
    ...services,
    ...services.served,
    faults,
    counts,
    refused: tableFigures(watch.metrics),
  });
  closers.add(() => endpoint.close());
  awsEndpoint = endpoint.url;

  const prefix = outputNamed(outputs, 'QueueUrlPrefix')?.split('/').at(-1) ?? '';
  const observed = new Observed(() => systemClock.now(), prefix);
  const functions = new Functions(plan.functions, {
    region,
    awsEndpoint,
    prefix,
    log,
    metrics,
    chaos,
    watch: {
      heard: (name, line) => {
        watch.heard(name, line);
        observed.take(name, line);
      },
      observerOf: (name) => lambdaFigures(watch.metrics, name),
    },
  });
  closers.add(() => functions.close());
  await functions.warmUp();

  const mappings = mappingsOf(plan, { region, account, services, functions, counts, log });
  const schedules = schedulesOf(plan, { functions, log, speed: alarmSpeed });
  // What still runs after that is cut off: its messages come back, as after a crash.
  closers.add(() =>
    within(
      stopGraceMs,
      [schedules, ...mappings].map((invoker) => invoker.stop()),
    ),
  );

  const apiId = plan.apis[0]?.name ?? '';
  const state = () => stateOf(outputs, consumers, { sqs, apiUrl: api.url, awsEndpoint });
  /** To the second: a moment of the watch's clock as a clock on the wall had it. */
  const onTheWall = (at: number) =>
    Math.round((systemClock.now() - (watchClock.now() - at) / alarmSpeed) / 1_000) * 1_000;
  const page = localPage({
    observed,
    state,
    queues: plan.queues,
    prefix,
    secretPrefix: outputNamed(outputs, 'SecretPrefix') ?? '',
    sqs,
    services: { ...services.served, dynamodb: services.dynamodb },
    faults,
    alarms: () => watch.alarms.list().map((alarm) => ({ ...alarm, since: onTheWall(alarm.since) })),
    notices: () =>
      watch.alarms
        .notices()
        .reverse()
        .map((notice) => ({ ...notice, time: onTheWall(notice.time) })),
    invokeSchedules: () => schedules.invokeAll(),
    samples: opening.samples,
    clock: systemClock,
    startedAt: systemClock.now(),
  });
  const api: HttpApi = await startHttpApi({
    port: opening.port ?? 0,
    apiId,
    publicHost: opening.publicHost,
    routes: routesOf(plan).map(({ key, throttle, function: name }) => ({
      key,
      function: functions.get(name),
      ...(throttle ? { throttle } : {}),
    })),
    extra: (request, response) => answerState(request, response, state) || page(request, response),
    answered: apiFigures(watch.metrics, { apiId, isDetailed: (key) => hasDetailedMetrics(plan, key) }),
  });
  closers.add(() => api.close());

  services.keep();
  schedules.start();
  for (const mapping of mappings) mapping.start();
  watch.start();
  closers.add(() => watch.stop());
  return {
    url: api.url,
    awsEndpoint,
    outputs: localOutputs(
      outputs,
      new Map([
        [`https://sqs.${region}.amazonaws.com`, awsEndpoint],
        [`https://${plan.apis[0]?.name}.execute-api.${region}.amazonaws.com`, api.url],
      ]),
    ),
    faults,
    requests: counts,
    watch,
    state: async () => state(),
    function: (name) => functions.get(name),
    invokeSchedules: () => schedules.invokeAll(),
    stop: () => closers.close(),
  };
}

/** Answers `GET /_local/state`; other requests are not for it. */
function answerState(request: IncomingMessage, response: ServerResponse, state: () => State): boolean {
  const [path] = (request.url ?? '').split('?');
  if (request.method !== 'GET' || path !== '/_local/state') return false;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(state(), undefined, 2)}\n`);
  return true;
}

async function within(milliseconds: number, work: readonly Promise<void>[]): Promise<void> {
  const given = new AbortController();
  const grace = wait(milliseconds, undefined, { signal: given.signal }).catch(() => {});
  await Promise.race([Promise.all(work), grace]);
  given.abort();
}
