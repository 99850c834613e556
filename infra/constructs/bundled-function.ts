import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogDefinition, TracingDefinition } from '../../functions/core/definition.ts';
import { logOptionsText } from '../../functions/core/log-options.ts';
import { logSettingsKey } from '../../functions/core/names.ts';
import { logRetentionDays } from '../definition/defaults.ts';
import { acknowledge } from './acknowledge.ts';
import { importedBucket } from './stateful-exports.ts';

/** Where bundles come from. */
export interface BundleSource {
  /** Absolute path of the project. */
  readonly root: string;
  /** Absolute path of the file that `#pipeline` stands for. */
  readonly pipelineFile: string;
  /** What the definition says of what functions write down. */
  readonly logs?: LogDefinition | undefined;
  readonly tracing?: TracingDefinition | undefined;
}

export interface BundledFunctionProps extends BundleSource {
  readonly stage: string;
  readonly functionName: string;
  readonly description: string;
  /** Path from the project's root of the file that exports `handler`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** MB */
  readonly memorySize: number;
  /** All that it may do, beside writing its own log. */
  readonly policy: readonly PolicyStatement[];
  /** Further modules, by the names that they are imported by: absolute paths. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** Some packages in the bundle still call `require`, which ES modules do not have. */
const banner =
  "import{createRequire as nodeCreateRequire}from'node:module';const require=nodeCreateRequire(import.meta.url);";

/** A function that is one file, and that may do what its policy says and nothing else. */
export class BundledFunction extends Construct {
  readonly function: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { stage, functionName, description, entry, environment, timeout, memorySize, policy } = props;
    const { root, pipelineFile, logs = {}, tracing = {} } = props;
    const { retentionDays = logRetentionDays } = logs;
    const options = logOptionsText(logs);
    const modules = Object.entries(props.modules ?? {}).map(([name, path]) => `${name}=${path}`);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: retentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName} may do`,
    });
    logGroup.grantWrite(this.role);
    for (const statement of policy) this.role.addToPolicy(statement);
    this.role.addToPolicy(
      // What an operator wants to see in the logs for a while.
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [importedBucket(this, stage).arnForObjects(logSettingsKey)],
      }),
    );
    this.function = new NodejsFunction(this, 'Function', {
      functionName,
      description,
      entry: `${root}/${entry}`,
      projectRoot: root,
      depsLockFilePath: `${root}/package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      environment: { ...environment, ...(options === undefined ? {} : { LOGS: options }) },
      timeout,
      memorySize,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // The function itself decides, so that the level can change without a deployment.
      applicationLogLevelV2: ApplicationLogLevel.DEBUG,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(tracing.xray ? { tracing: Tracing.ACTIVE } : {}),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        // Half the size and half the import time of what `main` alone gives.
        mainFields: ['module', 'main'],
        // The SDK goes into the bundle: it starts no slower than the runtime's own, and its version is ours.
        externalModules: [],
        banner,
        esbuildArgs: {
          '--alias': [
            `#pipeline=${pipelineFile}`,
            ...modules,
            `@aws-sdk/credential-provider-node=${root}/functions/core/lambda-credentials.ts`,
          ],
          '--legal-comments': 'none',
          '--log-level': 'warning',
        },
      },
    });
    if (tracing.xray) {
      acknowledge(this.role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no resources to write segments to.' });
    }
  }
}
