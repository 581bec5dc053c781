/** Functions for load tools, made as users make them. */
import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { defaultIdentity } from './gateway.ts';
import type { Target } from './target.ts';
import { zip } from './zip.ts';

/** Any well-formed role is taken. */
export const workerRole = 'arn:aws:iam::000000000000:role/worker';

export function lambdaClient(target: Target): LambdaClient {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  return new LambdaClient({
    endpoint: target.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

/** @param source of `index.mjs`, or the files of a package by name, or a whole zip file */
export function createFunctionCommand(
  name: string,
  source: string | Readonly<Record<string, string>> | Uint8Array,
  more: Partial<CreateFunctionCommandInput> = {},
): CreateFunctionCommand {
  const ZipFile =
    source instanceof Uint8Array
      ? source
      : zip(typeof source === 'string' ? { 'index.mjs': source } : source);
  return new CreateFunctionCommand({
    FunctionName: name,
    Role: workerRole,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile },
    ...more,
  });
}
