/** What a function finds in its environment (Lambda developer guide, "Defined runtime environment variables"). */
import type { EnvironmentSpec } from './api.ts';

/** Where things are for a function. Without a mount namespace they are where they are. */
export interface Places {
  readonly task: string;
  readonly layers: readonly string[];
  readonly runtime: string;
  /** Of the gateway, as functions reach it. */
  readonly endpoint: string;
}

/** Folders whose `node_modules` are a layer's. */
export function layerFolders(runtime: string, layers: readonly string[]): readonly string[] {
  const major = /^nodejs(\d+)/.exec(runtime)?.[1] ?? '24';
  return layers.flatMap((layer) => [`${layer}/nodejs/node${major}`, `${layer}/nodejs`]);
}

/** For the process as a whole: also what only counts while node starts. */
export function nodePath(runtime: string, { task, layers, runtime: folder }: Places): string {
  return [
    ...layerFolders(runtime, layers).map((one) => `${one}/node_modules`),
    `${folder}/node_modules`,
    folder,
    task,
  ].join(':');
}

/** Those of the owner, but for names that are Lambda's. */
export function functionVariables(spec: EnvironmentSpec, places: Places): Record<string, string> {
  const { task, layers, runtime } = places;
  const path = [
    '/var/lang/bin',
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
    ...layers.map((layer) => `${layer}/bin`),
  ];
  const libraries = [
    '/var/lang/lib',
    '/lib64',
    '/usr/lib64',
    runtime,
    `${runtime}/lib`,
    task,
    `${task}/lib`,
    ...layers.map((layer) => `${layer}/lib`),
  ];
  return {
    PATH: path.join(':'),
    LD_LIBRARY_PATH: libraries.join(':'),
    ...(spec.runtime.startsWith('python')
      ? { PYTHONPATH: runtime }
      : { NODE_PATH: nodePath(spec.runtime, places) }),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // The user of an environment is in no list of users: libraries that look for a home find one.
    HOME: '/tmp',
    AWS_ENDPOINT_URL: places.endpoint,
    AWS_LAMBDA_LOG_LEVEL: spec.applicationLevel ?? 'INFO',
    ...spec.variables,
    _HANDLER: spec.handler,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: spec.isOnDemand ? 'on-demand' : 'provisioned-concurrency',
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: spec.logStream,
    AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
    AWS_ACCESS_KEY_ID: spec.credentials.accessKeyId,
    AWS_ACCESS_KEY: spec.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: spec.credentials.secretAccessKey,
    AWS_SECRET_KEY: spec.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: spec.credentials.sessionToken,
    LAMBDA_TASK_ROOT: task,
    LAMBDA_RUNTIME_DIR: runtime,
  };
}

/** Options of node that change nothing but how it reports and how large its parts are. */
const harmless =
  /^--(?:enable-source-maps|no-warnings|no-deprecation|trace-warnings|trace-deprecation|throw-deprecation|pending-deprecation|trace-uncaught|stack-trace-limit=\d+|unhandled-rejections=(?:strict|warn|none|throw|warn-with-error-codes)|max-http-header-size=\d+|dns-result-order=\w+|preserve-symlinks|insecure-http-parser|experimental-vm-modules)$/;

/** `NODE_OPTIONS` could take away what keeps an untrusted function in; it has those that cannot. */
export function nodeOptions(spec: EnvironmentSpec): string {
  // No program can be given a zero byte.
  const wanted = (spec.variables.NODE_OPTIONS ?? '').replaceAll('\0', '');
  if (spec.isTrusted) return wanted;
  return wanted
    .split(/\s+/)
    .filter((option) => harmless.test(option))
    .join(' ');
}
