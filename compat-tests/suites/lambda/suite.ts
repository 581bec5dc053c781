/** What every Lambda suite shares: one started gateway per test file, the SDK's client, and functions. */
import {
  type CreateFunctionCommandInput,
  type FunctionConfiguration,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect } from 'vitest';
import { type GatewayOptions, only, startGateway } from '../../lib/gateway.ts';
import { createFunctionCommand, lambdaClient } from '../../lib/lambda-functions.ts';
import type { Target } from '../../lib/target.ts';

export interface Answered {
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly version: string | undefined;
  /** Parsed; undefined for an empty answer. */
  readonly value: unknown;
  /** End of the log, when it was asked for. */
  readonly log: string;
}

export interface LambdaSuite {
  readonly target: Target;
  readonly lambda: LambdaClient;
  /** A function with the files of its package, or with `index.mjs` alone. */
  make(
    name: string,
    files: string | Readonly<Record<string, string>> | Uint8Array,
    more?: Partial<CreateFunctionCommandInput>,
  ): Promise<FunctionConfiguration>;
  invoke(name: string, payload?: unknown, more?: Partial<InvokeCommandInput>): Promise<Answered>;
  /** Starts the gateway again on its data, after what `end` does to the one that runs. */
  again(end: (target: Target) => Promise<unknown>): Promise<void>;
}

/** Call once at the head of a test file; the members are usable inside tests. */
export function lambdaSuite(options: GatewayOptions = {}): LambdaSuite {
  let target: Target | undefined;
  let client: LambdaClient | undefined;
  const started = (): Target => {
    if (target === undefined) throw new Error('the gateway is started before the first test, not before');
    return target;
  };
  const lambda = (): LambdaClient => (client ??= lambdaClient(started()));

  beforeAll(async () => {
    target = await startGateway({ ...options, env: { ...only('lambda', 's3', 'sts'), ...options.env } });
  });
  afterAll(async () => {
    client?.destroy();
    const errors = target?.output().match(/^\{"level":[56]0.*$/gm) ?? [];
    await target?.dispose();
    expect(errors).toEqual([]);
  });

  return {
    get target() {
      return started();
    },
    get lambda() {
      return lambda();
    },
    make: (name, files, more) => lambda().send(createFunctionCommand(name, files, more)),
    async invoke(FunctionName, payload, more = {}) {
      const found = await lambda().send(
        new InvokeCommand({
          FunctionName,
          ...(payload === undefined ? {} : { Payload: Buffer.from(JSON.stringify(payload)) }),
          ...more,
        }),
      );
      const text = Buffer.from(found.Payload ?? []).toString();
      return {
        status: found.StatusCode,
        error: found.FunctionError,
        version: found.ExecutedVersion,
        value: text === '' ? undefined : JSON.parse(text),
        log: Buffer.from(found.LogResult ?? '', 'base64').toString(),
      };
    },
    async again(end) {
      await end(started());
      target = await started().restart();
      client?.destroy();
      client = undefined;
    },
  };
}
