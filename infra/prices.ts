/** What something costs in us-east-1 at list price, before any free tier, discount or volume tier. */
export interface Price {
  readonly dollars: number;
  /** How many of the unit that price is for. */
  readonly per: number;
  readonly unit: string;
  readonly source: string;
  /**
   * `found`: stored public pages of 2025 or 2026 give the same figure; `unverified`: only known beforehand. AWS's own
   * pages load their figures by script, so that none of them could be read.
   */
  readonly standing: 'found' | 'unverified';
}

/** When these prices were looked up. Check before quoting. */
export const pricesOf = '2026-11-21';

const million = 1_000_000;
const pages = {
  apiGateway: 'https://aws.amazon.com/api-gateway/pricing/',
  lambda: 'https://aws.amazon.com/lambda/pricing/',
  sqs: 'https://aws.amazon.com/sqs/pricing/',
  onDemand: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  provisioned: 'https://aws.amazon.com/dynamodb/pricing/provisioned/',
  s3: 'https://aws.amazon.com/s3/pricing/',
  cloudWatch: 'https://aws.amazon.com/cloudwatch/pricing/',
} as const;

function price(
  dollars: number,
  per: number,
  unit: string,
  page: keyof typeof pages,
  standing: Price['standing'] = 'found',
): Price {
  return { dollars, per, unit, source: pages[page], standing };
}

/** List prices of what Nerite uses, each in the unit that AWS bills by; a GB is taken for 10⁹ bytes, the dearer reading. */
export const prices = {
  httpApi: price(1, million, 'request of up to 512 KB', 'apiGateway'),
  lambdaRequest: price(0.2, million, 'invocation', 'lambda'),
  lambdaArm: price(0.000_013_333_4, 1, 'GB-second on ARM', 'lambda'),
  sqsStandard: price(0.4, million, 'request of up to 64 KB to a standard queue', 'sqs'),
  sqsFifo: price(0.5, million, 'request of up to 64 KB to a FIFO queue', 'sqs'),
  // Halved on 2024-11-01; many pages still give 1.25 and 0.25.
  dynamodbWrite: price(0.625, million, 'write unit of 1 KB, on demand', 'onDemand'),
  dynamodbRead: price(0.125, million, 'read unit of 4 KB, on demand', 'onDemand'),
  dynamodbWriteHour: price(0.000_65, 1, 'hour of one write unit a second', 'provisioned'),
  dynamodbReadHour: price(0.000_13, 1, 'hour of one read unit a second', 'provisioned'),
  dynamodbStorage: price(0.25, 1, 'GB-month of a table', 'onDemand'),
  dynamodbRecovery: price(0.2, 1, 'GB-month of point-in-time recovery', 'onDemand', 'unverified'),
  s3Put: price(0.005, 1_000, 'PUT, COPY, POST or LIST', 's3', 'unverified'),
  s3Get: price(0.000_4, 1_000, 'GET', 's3', 'unverified'),
  s3Standard: price(0.023, 1, 'GB-month in Standard', 's3'),
  s3InfrequentAccess: price(0.012_5, 1, 'GB-month in Standard-IA', 's3', 'unverified'),
  s3Glacier: price(0.003_6, 1, 'GB-month in Glacier Flexible Retrieval', 's3', 'unverified'),
  s3ToInfrequentAccess: price(0.01, 1_000, 'object moved to Standard-IA', 's3', 'unverified'),
  s3ToGlacier: price(0.03, 1_000, 'object moved to Glacier Flexible Retrieval', 's3', 'unverified'),
  // Of the requests, an undated answer on AWS re:Post gives the same figures.
  s3GlacierExpedited: price(0.03, 1, 'GB restored from Glacier Flexible Retrieval, expedited', 's3'),
  s3GlacierExpeditedRequest: price(10, 1_000, 'expedited restore request', 's3', 'unverified'),
  s3GlacierStandard: price(0.01, 1, 'GB restored from Glacier Flexible Retrieval, standard', 's3'),
  s3GlacierStandardRequest: price(0.05, 1_000, 'standard restore request', 's3', 'unverified'),
  // Free since November 2021, requests and bytes; pages that give 0.0025 and 0.025 are older, or mean Deep Archive.
  s3GlacierBulk: price(0, 1, 'GB restored from Glacier Flexible Retrieval, bulk', 's3'),
  s3GlacierBulkRequest: price(0, 1_000, 'bulk restore request', 's3'),
  s3DeepArchiveStandard: price(0.02, 1, 'GB restored from Glacier Deep Archive, standard', 's3'),
  s3DeepArchiveStandardRequest: price(0.1, 1_000, 'standard restore request of Deep Archive', 's3', 'unverified'),
  s3DeepArchiveBulk: price(0.002_5, 1, 'GB restored from Glacier Deep Archive, bulk', 's3'),
  s3DeepArchiveBulkRequest: price(0.025, 1_000, 'bulk restore request of Deep Archive', 's3', 'unverified'),
  logs: price(0.5, 1, 'GB of logs taken in', 'cloudWatch'),
  logStorage: price(0.03, 1, 'GB-month of logs kept', 'cloudWatch'),
  // Each metric that an alarm looks at; a band of what is usual counts as two more.
  alarmMetric: price(0.1, 1, 'month of a metric in an alarm', 'cloudWatch'),
  compositeAlarm: price(0.5, 1, 'month of a composite alarm', 'cloudWatch'),
  customMetric: price(0.3, 1, 'month of a metric of one’s own, of the first 10,000', 'cloudWatch', 'unverified'),
  dashboard: price(3, 1, 'month of a dashboard beyond the first three', 'cloudWatch', 'unverified'),
} as const satisfies Readonly<Record<string, Price>>;

/** What so much of something costs, in dollars. */
export function dollarsFor(quantity: number, { dollars, per }: Price): number {
  return (quantity / per) * dollars;
}
