/**
 * The gateway's KMS over a node on a disk, with custodians of the product's own composition in this process; what one of them answers to
 * protocols can be changed. Evidence, authority, channels and coordinator are as in the product.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import type { Bytes, KeyTask } from '@hypergate/node/api';
import { createKeystore, createPooledRandom } from '@hypergate/node/crypto';
import { type Custody, openCustody } from '@hypergate/node/jobs/threshold/coordinator';
import {
  type CustodianModules,
  custodianSecrets,
  memberOf,
  openCustodian,
} from '@hypergate/node/jobs/threshold/custodian';
import { encodeCallEvidence } from '@hypergate/node/jobs/threshold/evidence';
import { learnCommon, schemeRows } from '@hypergate/node/jobs/threshold/schemes';
import { MemoryStore } from '@hypergate/node/store';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { openAwsPort } from '../../boot/aws-port.ts';
import { rootAccount } from '../../boot/credentials.ts';
import { listServices, loadServices } from '../../boot/services.ts';
import { openStorage } from '../../boot/storage.ts';
import { compose } from '../compose.ts';

/** @param handle what the honest custodian does, with another task if one is given. @returns what the liar answers */
export type Lie = (
  kind: string,
  body: Bytes,
  task: KeyTask | undefined,
  handle: (task?: KeyTask) => Promise<Bytes>,
) => Promise<Bytes>;

export interface LyingWorld {
  readonly kms: KMSClient;
  readonly custody: Custody;
  /** Of custodian `liar`; undefined for the truth. */
  lie: Lie | undefined;
  /** Milliseconds of the two that are slow, by index. */
  delays: Readonly<Record<number, number>>;
  close(): Promise<void>;
}

export const liar = 2;
const slowMs = 15;
/** The liar and one more are quicker than the others, so that both are asked: the more so, the longer the liar was not. */
export function delaysAfter(uses: number): Readonly<Record<number, number>> {
  const ms = Math.min(slowMs * (1 + uses / 2), 20 * slowMs);
  // Three that computed well go on together as long as the order of them stays.
  return Math.floor(uses / 3) % 2 === 0 ? { 3: 2 * ms, 4: ms } : { 3: ms, 4: 2 * ms };
}
const region = 'us-east-1';
const silenceMs = 1_500;

export async function openLyingWorld(): Promise<LyingWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hypergate-custodians-'));
  const logger = pino({ level: 'silent' });
  const random = createPooledRandom();
  const clock = { now: () => Date.now() };
  const metrics = new Registry();
  const accounts = [rootAccount('000000000000', 'test', 'test')] as const;
  const closing: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const storage = await openStorage(
    { dataDir, passphrase: undefined, keyFile: undefined, proofs: undefined },
    { logger, clock, random, metrics, say: () => undefined },
  );
  closing.push(() => storage.close());
  const { coordinator, nodeKey, writerKey } = storage.identity;
  const world = { lie: undefined as Lie | undefined, delays: delaysAfter(0) };

  const roots = [1, 2, 3, 4].map(() => createKeystore(Uint8Array.from(random.bytes(32))).custodianRoot());
  const members = roots.map((root, at) => memberOf(at + 1, custodianSecrets(root).seeds));
  const committee = { epoch: 0, threshold: 1, members };
  const told = {
    nodeKeys: [nodeKey],
    writerKeys: [writerKey],
    accounts,
    region,
    allowUnsigned: false,
    allowsReset: false,
    s3Domains: [],
  };
  const composeOf =
    (me: number): CustodianModules['compose'] =>
    async (parts) => {
      const made = await compose(parts, told);
      const handlers = made.handlers.map((handler) => ({
        ...handler,
        async handle(party: typeof parts.party, request: Parameters<typeof handler.handle>[1]) {
          const { body, task } = request;
          const honest = (other?: KeyTask) =>
            handler.handle(party, other === undefined ? request : { body, task: other });
          const delayMs = world.delays[me];
          if (delayMs !== undefined) await sleep(delayMs);
          return me === liar && world.lie !== undefined
            ? world.lie(handler.kind, body, task, honest)
            : honest();
        },
      }));
      return { ...made, handlers };
    };
  const custody = await openCustody(
    {
      committee,
      identity: coordinator,
      schemes: schemeRows,
      timeoutMs: (kind) => (/^(?:mac|rsa\.deal)/.test(kind) ? 30_000 : silenceMs),
    },
    {
      store: new MemoryStore(),
      random,
      encodeEvidence: encodeCallEvidence,
      learnCommon,
      report: () => undefined,
    },
  );
  closing.push(() => custody.close());
  for (const [at, root] of roots.entries()) {
    const custodian = await openCustodian(
      { me: at + 1, committee, coordinator: coordinator.publicKey, host: '127.0.0.1', port: 0 },
      { store: new MemoryStore(), root, random, compose: composeOf(at + 1), report: () => undefined },
    );
    custody.setAddress(at + 1, custodian);
    closing.push(() => custodian.close());
  }

  const [found] = await loadServices(await listServices(['kms']));
  const service = found!.create({
    node: storage.node,
    tables: storage.tables,
    custody,
    logger,
    metrics,
    clock,
    random,
    settings: {
      region,
      rootAccountId: '000000000000',
      accounts,
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir,
      own: {},
    },
  });
  await service.start();
  closing.push(() => service.stop());
  const port = await openAwsPort(
    {
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      s3Domains: [],
      region,
      allowUnsigned: false,
      routes: [],
      responseHeaders: () => ({}),
    },
    { services: [service], accounts, logger, metrics, clock, random },
  );
  closing.push(() => port.close());
  const kms = new KMSClient({
    endpoint: `http://127.0.0.1:${port.port}`,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  closing.push(async () => kms.destroy());
  return Object.assign(world, {
    kms,
    custody,
    async close() {
      for (const close of closing.reverse()) await close();
    },
  });
}
