/** What every KMS suite shares: one started gateway with custodians per test file, the SDK's client, and keys. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect } from 'vitest';
import { adminCustodians } from '../../lib/admin.ts';
import { custodianPids, untilCustodians } from '../../lib/custodians.ts';
import { type GatewayOptions, only, startGateway } from '../../lib/gateway.ts';
import { createKey, kmsClient } from '../../lib/kms-client.ts';
import type { Target } from '../../lib/target.ts';

export interface KmsSuite {
  readonly target: Target;
  readonly kms: KMSClient;
  /** Id of a new key. */
  newKey(input?: CreateKeyCommandInput): Promise<string>;
  pids(): Map<number, number>;
  /** Resolves when all custodians are up to date; none of them may be stopped. */
  untilReady(): Promise<void>;
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
    target = await startGateway({ custodians, ...options, env: { ...only('kms', 'sts'), ...options.env } });
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
    async untilReady() {
      const isReady = ({ state, letters }: { readonly state: string; readonly letters: number }) =>
        state === 'ready' && letters === 0;
      for (;;) {
        const { custodians: all } = await adminCustodians(started());
        if (all.every(isReady)) return;
        await sleep(50);
      }
    },
    async again(end) {
      await end(started());
      target = await started().restart();
      client?.destroy();
      client = undefined;
    },
  };
}
