import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Where bundles come from. */
export interface BundleSource {
  /** Absolute path of the project. */
  readonly root: string;
  /** Absolute path of the file that `#pipeline` stands for. */
  readonly pipelineFile: string;
}

export interface BundledFunctionProps extends BundleSource {
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
    const { functionName, description, entry, environment, timeout, memorySize, policy, root, pipelineFile } = props;
    const modules = Object.entries(props.modules ?? {}).map(([name, path]) => `${name}=${path}`);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName} may do`,
    });
    logGroup.grantWrite(this.role);
    for (const statement of policy) this.role.addToPolicy(statement);
    this.function = new NodejsFunction(this, 'Function', {
      functionName,
      description,
      entry: `${root}/${entry}`,
      projectRoot: root,
      depsLockFilePath: `${root}/package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      environment: { ...environment },
      timeout,
      memorySize,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
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
  }
}
