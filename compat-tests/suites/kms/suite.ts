/** What every KMS suite shares: one started gateway with custodians per test file, the SDK's client, and keys. */
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type KeyMetadata,
  KMSClient,
  type KMSClientConfig,
  KMSServiceException,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect } from 'vitest';
import { custodianPids, untilCustodians } from '../../lib/custodians.ts';
import { type GatewayOptions, startGateway } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

export interface KmsSuite {
  readonly target: Target;
  readonly kms: KMSClient;
  /** Id of a new key. */
  newKey(input?: CreateKeyCommandInput): Promise<string>;
  pids(): Map<number, number>;
  /** Starts the gateway again on its data, after what `end` does to the one that runs. */
  again(end: (target: Target) => Promise<unknown>): Promise<void>;
}

export const custodians = 4;

/** Call once at the head of a test file; the members are usable inside tests. */
export function kmsSuite(options: GatewayOptions = {}): KmsSuite {
  let target: Target | undefined;
  let client: KMSClient | undefined;
  const started = (): Target => {
    if (target === undefined) throw new Error('the gateway is started before the first test, not before');
    return target;
  };
  const kms = (): KMSClient => (client ??= kmsClient(started()));

  beforeAll(async () => {
    target = await startGateway({ custodians, ...options });
    await untilCustodians(target.pid, custodians);
  });
  afterAll(async () => {
    client?.destroy();
    const errors = target?.output().match(/^\{"level":[56]0.*$/gm) ?? [];
    await target?.dispose();
    // Among them: a custodian that was caught cheating, though all are honest here.
    expect(errors).toEqual([]);
  });

  return {
    get target() {
      return started();
    },
    get kms() {
      return kms();
    },
    async newKey(input = {}) {
      return (await createKey(kms(), input)).KeyId!;
    },
    pids: () => custodianPids(started().pid),
    async again(end) {
      await end(started());
      target = await started().restart();
      client?.destroy();
      client = undefined;
    },
  };
}

export function kmsClient(target: Target, config: KMSClientConfig = {}): KMSClient {
  return new KMSClient({
    endpoint: target.endpoint,
    region: target.identity.region,
    credentials: target.identity,
    maxAttempts: 1, // A retry would hide a failure that the test is about.
    ...config,
  });
}

export async function createKey(kms: KMSClient, input: CreateKeyCommandInput): Promise<KeyMetadata> {
  return (await kms.send(new CreateKeyCommand(input))).KeyMetadata!;
}

/** Name of the error that a call must end with. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KMSServiceException) return error.name;
    throw error;
  }
  throw new Error('the call succeeded and should have been refused');
}

export const bytes = (value: Uint8Array | undefined): Buffer => {
  if (value === undefined) throw new Error('the answer lacks a byte string');
  return Buffer.from(value);
};
