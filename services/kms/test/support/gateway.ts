/**
 * The service behind the real port, over a node in memory, with custody that judges for itself; asked by the SDK's own client over a
 * socket. It can be opened again on what an earlier one left.
 */
import { KMSClient } from '@aws-sdk/client-kms';
import {
  type Account,
  type Credential,
  type CredentialStore,
  createAwsPort,
  rootPrincipal,
} from '@hypergate/kit';
import { mainLog } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { EvidenceVerifier } from '@hypergate/node/jobs/threshold/evidence';
import type { PlainProver } from '@hypergate/node/sim';
import { MemoryStore as IndexStore } from '@hypergate/node/store';
import { type OpenTables, openTables, type TableDomain } from '@hypergate/table';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { createAuthority, readSignedCall } from '../../authority/index.ts';
import { domainAddress } from '../../model/tables.ts';
import { kmsOperations } from '../../ops/index.ts';
import type { KmsOperation } from '../../ops/row.ts';
import { createService, type KmsService } from '../../service.ts';
import { MemoryStore } from './audited.ts';
import { PlainCustody } from './plain-custody.ts';
import { plainUses } from './uses.ts';
import { account, otherAccount, region, userOf } from './world.ts';

const accountOf = (accountId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
});
export const accounts = [accountOf(account), accountOf(otherAccount)] as const;

/** What survives a crash of the gateway: the log, and what custodians have. */
export interface Remains {
  readonly state: MemoryState;
  readonly custodian: MemoryStore;
  readonly custody: PlainCustody | undefined;
}

export class Gateway {
  readonly service: KmsService;
  readonly custody: PlainCustody;
  readonly custodian: MemoryStore;
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly domain: TableDomain;
  readonly clock: { ms: number };
  readonly metrics: Registry;
  readonly state: MemoryState;
  readonly logged: string[];
  readonly #users: Map<string, Credential>;
  readonly port: number;
  readonly #close: () => Promise<void>;
  readonly #clients = new Map<string, KMSClient>();

  constructor(
    parts: Pick<
      Gateway,
      | 'service'
      | 'custody'
      | 'custodian'
      | 'node'
      | 'tables'
      | 'domain'
      | 'clock'
      | 'metrics'
      | 'state'
      | 'logged'
    >,
    users: Map<string, Credential>,
    port: number,
    close: () => Promise<void>,
  ) {
    this.service = parts.service;
    this.custody = parts.custody;
    this.custodian = parts.custodian;
    this.node = parts.node;
    this.tables = parts.tables;
    this.domain = parts.domain;
    this.clock = parts.clock;
    this.metrics = parts.metrics;
    this.state = parts.state;
    this.logged = parts.logged;
    this.#users = users;
    this.port = port;
    this.#close = close;
  }

  /** Of the account's root. */
  client(accountId: string = account, clientRegion = region): KMSClient {
    const { accessKeyId, secretAccessKey } = accountOf(accountId);
    return this.#client({ accessKeyId, secretAccessKey }, clientRegion);
  }

  /** A user with these policies, known to the gateway and to custodians alike. */
  user(name: string, identityPolicies: readonly unknown[], accountId = account): KMSClient {
    const principal = userOf(name, accountId);
    const secretAccessKey = `secret of ${name}`;
    this.#users.set(principal.accessKeyId, { principal, secretAccessKey, identityPolicies });
    return this.#client({ accessKeyId: principal.accessKeyId, secretAccessKey }, region);
  }

  #client(
    credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
    clientRegion: string,
  ): KMSClient {
    const name = `${credentials.accessKeyId} ${clientRegion}`;
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const { clock } = this;
    const client = new KMSClient({
      endpoint: `http://127.0.0.1:${this.port}`,
      region: clientRegion,
      credentials,
      maxAttempts: 1,
      // Signs by the clock of the test.
      systemClockOffset: 0,
    });
    client.middlewareStack.add(
      (next) => (args) => {
        client.config.systemClockOffset = clock.ms - Date.now();
        return next(args);
      },
      { step: 'initialize' },
    );
    this.#clients.set(name, client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.destroy();
    await this.#close();
  }

  /** As a power cut would leave it: nothing is drained or closed in time. */
  remains(): Remains {
    const copy = new MemoryState();
    const { state } = this;
    for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
    for (const [key, value] of state.chunks) copy.chunks.set(key, Buffer.from(value));
    copy.records.push(...state.records.map((record) => Buffer.from(record)));
    copy.released = state.released;
    return { state: copy, custodian: this.custodian, custody: this.custody };
  }
}

const plain = new Set(plainUses.map(({ name }) => name));
const keys = createKeystore(Buffer.alloc(32, 0x4b));
const writer = ed25519SigningKey(keys.writerSeed());
const nodeKey = ed25519SigningKey(Buffer.alloc(32, 1));

export interface GatewayOptions {
  /** For proofs. */
  readonly prover?: PlainProver;
  readonly remains?: Remains;
  readonly clock?: { ms: number };
  /** Instead of the custody that the remains have: another process of custodians over the same store. */
  readonly beforeStart?: (custody: PlainCustody) => void;
  /** Unless given those that use keys are as plain as they can be. */
  readonly operations?: readonly KmsOperation[];
  /** Whom custodians know, unless it is whom the gateway knows. */
  readonly custodianCredentials?: CredentialStore;
  /** Developer mode: whoever does not sign acts as the root. */
  readonly unsigned?: boolean;
  readonly keysPerAccountMax?: number;
}

export async function openGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { remains, prover, clock = { ms: Date.UTC(2026, 0, 2) } } = options;
  const state = remains?.state ?? new MemoryState();
  const custodian = remains?.custodian ?? new MemoryStore();
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const random = createPooledRandom();
  const { node } = await openMemoryNode({ state, writerKey: writer, nodeKey });
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node: prover === undefined ? node : prover.over(node),
      indexStore: new IndexStore(),
      keys,
      writerKey: writer.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  const told = { now: () => clock.ms };
  const users = new Map<string, Credential>();
  const credentials = credentialStore(users);
  const custodianCredentials = options.custodianCredentials ?? credentials;
  const unsigned = options.unsigned === true ? { unsigned: rootPrincipal(accounts[0]) } : {};
  const custody = new PlainCustody({
    verifier: new EvidenceVerifier({
      log: mainLog,
      nodeKeys: [nodeKey.publicKey],
      signersMin: 1,
      domains: [domainAddress],
      writerKeys: [writer.publicKey],
    }),
    authority: createAuthority({
      store: custodian,
      clock: told,
      readCall: readSignedCall({ credentials: custodianCredentials, ...unsigned }),
      region,
      allowsReset: true,
    }),
  });
  for (const [handle, key] of remains?.custody?.keys ?? []) custody.keys.set(handle, key);
  options.beforeStart?.(custody);
  const metrics = new Registry();
  const service = createService({
    operations: options.operations ?? [...kmsOperations.filter(({ name }) => !plain.has(name)), ...plainUses],
    node,
    tables,
    logger,
    metrics,
    clock: told,
    random,
    custody,
    ...(options.keysPerAccountMax === undefined ? {} : { keysPerAccountMax: options.keysPerAccountMax }),
    settings: {
      region,
      rootAccountId: account,
      accounts,
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  });
  await service.start();
  const port = await createAwsPort(
    {
      definitions: [service.aws],
      s3Domains: [],
      region,
      systemRoutes: [],
      unsignedPrincipal: unsigned.unsigned,
    },
    { credentials, logger: silenced(logger), metrics, clock: told, random },
  );
  const tcpPort = await port.listen({ host: '127.0.0.1', port: 0 });
  const domain = await tables.openDomain(domainAddress);
  return new Gateway(
    { service, custody, custodian, node, tables, domain, clock, metrics, state, logged },
    users,
    tcpPort,
    async () => {
      await port.close();
      await service.drain(new AbortController().signal);
      await service.stop();
      await tables.close();
      await node.close();
      if (failures.length > 0) throw new Error('the index failed', { cause: failures[0] });
    },
  );
}

const silenced = (logger: Logger): Logger => logger.child({ part: 'port' });

function credentialStore(users: ReadonlyMap<string, Credential>): CredentialStore {
  const roots = new Map(
    accounts.map((one) => [
      one.accessKeyId,
      { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) } satisfies Credential,
    ]),
  );
  return { lookup: (accessKeyId) => users.get(accessKeyId) ?? roots.get(accessKeyId) };
}

/** `Code: message`, or what came instead of an error. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    const { $metadata: _, ...answer } = (await work) as Record<string, unknown>;
    return `no error: ${JSON.stringify(answer)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}
