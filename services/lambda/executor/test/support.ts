/** An executor over the real platform, and functions out of texts. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import type {
  Environment,
  EnvironmentSpec,
  Executor,
  FunctionFailure,
  Invocation,
  InvocationOutcome,
} from '../api.ts';
import { createNodeExecutor, type NodeExecutorOptions } from '../index.ts';

export const sdkFolder = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

export interface Running {
  readonly environment: Environment;
  readonly lines: string[];
  /** Settles when the executor says that it ended. */
  readonly ended: Promise<FunctionFailure | undefined>;
  call(event: unknown, options?: Partial<Invocation>): Promise<Called>;
}

export interface Called {
  readonly outcome: InvocationOutcome;
  /** Of an answer, or of an error. */
  readonly value: unknown;
}

export interface Bench {
  readonly executor: Executor;
  /** Ours, which functions must not see. */
  readonly folder: string;
  code(files: Readonly<Record<string, string>> | string): string;
  spec(files: Readonly<Record<string, string>> | string, over?: Partial<EnvironmentSpec>): EnvironmentSpec;
  start(files: Readonly<Record<string, string>> | string, over?: Partial<EnvironmentSpec>): Promise<Running>;
  /** Of a function that cannot be started. */
  fail(
    files: Readonly<Record<string, string>> | string,
    over?: Partial<EnvironmentSpec>,
  ): Promise<{ readonly failure: FunctionFailure; readonly value: unknown; readonly lines: string[] }>;
  stop(): Promise<void>;
}

const answerOk = (socket: Socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\ngateway'),
  );
};

export async function openBench(options: Partial<NodeExecutorOptions> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'executor-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'secret'), 'of the gateway', { mode: 0o644 });
  const executor = await createNodeExecutor({
    node: process.execPath,
    folder: join(folder, 'environments'),
    sdkFolder,
    connectGateway: answerOk,
    clock: { now: Date.now },
    random: { bytes: (length) => randomBytes(length) },
    logger: pino({ level: 'silent' }),
    ...options,
  });
  let count = 0;
  const code: Bench['code'] = (files) => {
    const place = join(folder, `code-${count++}`);
    mkdirSync(place, { mode: 0o755 });
    for (const [name, text] of Object.entries(typeof files === 'string' ? { 'index.mjs': files } : files)) {
      mkdirSync(dirname(join(place, name)), { recursive: true, mode: 0o755 });
      writeFileSync(join(place, name), text, { mode: 0o644 });
    }
    return place;
  };
  const spec: Bench['spec'] = (files, over = {}) => ({
    id: randomBytes(16).toString('hex'),
    account: '000000000000',
    region: 'us-east-1',
    functionName: 'f',
    version: '$LATEST',
    functionId: randomUUID(),
    runtime: 'nodejs24.x',
    architecture: 'x86_64',
    handler: 'index.handler',
    memoryMb: 256,
    ephemeralMb: 512,
    timeoutMs: 30_000,
    codeFolder: code(files),
    layerFolders: [],
    variables: {},
    logGroup: '/aws/lambda/f',
    logStream: '2026/11/22/[$LATEST]0',
    logFormat: 'Text',
    isOnDemand: true,
    isTrusted: false,
    credentials: { accessKeyId: 'ASIAX', secretAccessKey: 'secret', sessionToken: 'token' },
    ...over,
  });
  const begin = async (files: Parameters<Bench['start']>[0], over: Partial<EnvironmentSpec> = {}) => {
    const lines: string[] = [];
    let tell: (failure: FunctionFailure | undefined) => void = () => undefined;
    const ended = new Promise<FunctionFailure | undefined>((resolve) => {
      tell = resolve;
    });
    const started = await executor.start(spec(files, over), {
      log: ({ message }) => lines.push(message),
      ended: (failure) => tell(failure),
    });
    return { started, lines, ended };
  };
  return {
    executor,
    folder,
    code,
    spec,
    async start(files, over) {
      const { started, lines, ended } = await begin(files, over);
      if ('failure' in started)
        throw new Error(`not started: ${explain(started.failure)} ${lines.join('\n')}`);
      const { environment } = started;
      return {
        environment,
        lines,
        ended,
        async call(event, over = {}) {
          const outcome = await environment.invoke({
            requestId: randomUUID(),
            invokedArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
            payload: Buffer.from(JSON.stringify(event)),
            deadlineMs: Date.now() + 60_000,
            traceId: 'Root=1-0-0',
            ...over,
          });
          return { outcome, value: answerOf(outcome) };
        },
      };
    },
    async fail(files, over) {
      const { started, lines } = await begin(files, over);
      if (!('failure' in started)) throw new Error('it started');
      const { failure } = started;
      return { failure, value: 'body' in failure ? JSON.parse(asText(failure.body)) : undefined, lines };
    },
    async stop() {
      await executor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

function explain(failure: FunctionFailure): string {
  return 'body' in failure ? asText(failure.body) : JSON.stringify(failure);
}

function answerOf(outcome: InvocationOutcome): unknown {
  if (outcome.kind === 'answer') return JSON.parse(asText(outcome.body));
  if (outcome.kind === 'failure' && 'body' in outcome.failure)
    return JSON.parse(asText(outcome.failure.body));
  return undefined;
}
