/** The service behind a real port and a real socket, over a node in memory, with whole keys in place of custodians. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  GetPublicKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import {
  type AwsPort,
  type Credential,
  type CredentialStore,
  createAwsPort,
  decodeJsonInput,
  decodeSignedCall,
  SignatureFailure,
  verifySignedCall,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/kms';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { CallRefused, createAuthority, type ReadCall } from '../../authority/index.ts';
import { createService, type KmsService } from '../../service.ts';
import { MemoryStore as ControlMemory } from './audited.ts';
import { WholeKeyCustody } from './whole-keys.ts';
import { account, otherAccount, region, rootOf, userOf } from './world.ts';

export interface KeyGateway {
  readonly custody: WholeKeyCustody;
  service(): KmsService;
  /** Ahead of the real time by so much; signatures of clients as well. */
  readonly clock: { aheadMs: number; now(): number };
  /** Documents of identity policies of the user `alice`. */
  alicePolicies: readonly unknown[];
  client(who?: 'root' | 'alice' | 'stranger'): KMSClient;
  /** The same service over the same records, as after a restart; custodians stay. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const keys = createKeystore(Buffer.alloc(32, 0x4b));
const writer = ed25519SigningKey(keys.writerSeed());
const secretAccessKey = 'secret';

export async function openKeyGateway(): Promise<KeyGateway> {
  const clock = {
    aheadMs: 0,
    now() {
      return Date.now() + this.aheadMs;
    },
  };
  const principals = { root: rootOf(account), alice: userOf('alice'), stranger: rootOf(otherAccount) };
  const gateway = { alicePolicies: [] as readonly unknown[] };
  const credentials: CredentialStore = {
    lookup(accessKeyId): Credential | undefined {
      const principal = Object.values(principals).find((one) => one.accessKeyId === accessKeyId);
      if (principal === undefined) return undefined;
      const identityPolicies = principal.kind === 'user' ? gateway.alicePolicies : [];
      return { secretAccessKey, principal, identityPolicies };
    },
  };
  const readCall = readerOf(credentials, clock);
  const authority = createAuthority({ store: new ControlMemory(), clock, readCall, region });
  const custody = new WholeKeyCustody(authority);
  const random = createPooledRandom();
  const { node } = await openMemoryNode({ state: new MemoryState(), writerKey: writer });
  const failures: unknown[] = [];
  const logger = pino({ level: process.env.KMS_TEST_LOG ?? 'silent' });
  const tables = await openTables(
    {},
    {
      node: new PlainProver({}).over(node),
      indexStore: new MemoryStore(),
      keys,
      writerKey: writer.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  const settings = {
    region,
    rootAccountId: account,
    accounts: [],
    s3Domains: [],
    lifecycleDayMs: 86_400_000,
    dataDir: '',
  };

  async function start(): Promise<{ service: KmsService; port: AwsPort; endpoint: string }> {
    const metrics = new Registry();
    const modules = { logger, metrics, clock, random };
    const service = createService({ ...modules, node: undefined as never, tables, custody, settings });
    await service.start();
    const port = await createAwsPort(
      { definitions: [service.aws], s3Domains: [], region, systemRoutes: [] },
      { ...modules, credentials },
    );
    const number = await port.listen({ host: '127.0.0.1', port: 0 });
    return { service, port, endpoint: `http://127.0.0.1:${number}` };
  }

  async function stop({ service, port }: { service: KmsService; port: AwsPort }): Promise<void> {
    await port.close();
    await service.drain(new AbortController().signal);
    await service.stop();
  }

  let running = await start();
  const clients: KMSClient[] = [];
  return Object.assign(gateway, {
    custody,
    clock,
    service: () => running.service,
    client(who: keyof typeof principals = 'root') {
      const client = new KMSClient({
        endpoint: running.endpoint,
        region,
        credentials: { accessKeyId: principals[who].accessKeyId, secretAccessKey },
        maxAttempts: 1,
      });
      // The SDK would set it by the `Date` of answers, which is the real one.
      Object.defineProperty(client.config, 'systemClockOffset', {
        get: () => clock.aheadMs,
        set: () => undefined,
      });
      clients.push(client);
      return client;
    },
    async restart() {
      await stop(running);
      running = await start();
    },
    async close() {
      for (const client of clients) client.destroy();
      await stop(running);
      await tables.close();
      await node.close();
      if (failures.length > 0) throw new Error('the index failed', { cause: failures[0] });
    },
  });
}

/** As a custodian reads a call: by the bytes alone. */
function readerOf(credentials: CredentialStore, clock: { now(): number }): ReadCall {
  return async (bytes, timing) => {
    const skew = timing === 'any' ? ({ skewMs: 'any time' } as const) : {};
    try {
      const call = await verifySignedCall(decodeSignedCall(bytes), { credentials, clock, ...skew });
      const operation = (call.header('x-amz-target') ?? '').replace(/^TrentService\./, '');
      const { principal, credential, signingName, region: scope, timeMs, body } = call;
      const definition = { protocol: 'awsJson1.1', schemas } as const;
      return {
        principal,
        identityPolicies: credential?.identityPolicies ?? [],
        signingName,
        region: scope,
        signedAtMs: timeMs,
        operation,
        input: body === undefined ? undefined : decodeJsonInput(definition, operation, body),
      };
    } catch (error) {
      if (!(error instanceof SignatureFailure)) throw error;
      throw new CallRefused(error.message, { cause: error });
    }
  };
}

/** Code of the error that an operation is answered with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name;
  }
}

/** A new key, by its id. */
export async function newKey(kms: KMSClient, input: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  return KeyMetadata!.KeyId!;
}

export const arnOf = (keyId: string): string => `arn:aws:kms:${region}:${account}:key/${keyId}`;

/** SubjectPublicKeyInfo of a key, as node:crypto reads it. */
export async function publicKeyOf(kms: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
}

/** A copy with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
