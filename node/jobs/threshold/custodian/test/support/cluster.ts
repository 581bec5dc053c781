/** Custodians in this process, over memory and real connections, and a coordinator for them. */

import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ed25519SigningKey } from '../../../../../crypto/ed25519.ts';
import { createKeystore } from '../../../../../crypto/keystore.ts';
import { createPooledRandom } from '../../../../../crypto/random.ts';
import { MemoryStore } from '../../../../../store/key-value/memory-store.ts';
import type { Committee } from '../../../committee.ts';
import {
  type Custody,
  type CustodyEvent,
  type CustodyModules,
  openCustody,
} from '../../../coordinator/index.ts';
import { memberOf } from '../../../identity.ts';
import type { Handler } from '../../../party.ts';
import type { SchemeRow } from '../../../scheme.ts';
import { type Custodian, type CustodianModules, openCustodian } from '../../custodian.ts';
import { custodianSecrets } from '../../secrets.ts';
import { signSuccession } from '../../sign-succession.ts';
import { committeesOf, type Succession } from '../../succession.ts';
import { encodeToyEvidence, toyAuthority, toyEvidenceModule } from './toy-authority.ts';
import { learnToyCommon, toyHandlers, toyScheme } from './toy-handlers.ts';

export const random = createPooledRandom();

export interface Cluster {
  /** As it is now. */
  readonly committee: Committee;
  readonly succession: Succession;
  readonly identity: ReturnType<typeof ed25519SigningKey>;
  readonly roots: readonly KeyObject[];
  readonly stores: readonly MemoryStore[];
  readonly coordinatorStore: MemoryStore;
  readonly running: Map<number, Custodian>;
  readonly custody: Custody;
  readonly events: CustodyEvent[];
  readonly reports: string[];
  start(index: number): Promise<Custodian>;
  stop(index: number): Promise<void>;
  close(): Promise<void>;
  /** A second coordinator, such as after a restart, over the same disk; the first has to be closed. */
  reopen(): Promise<Custody>;
  /**
   * Ends all of them, puts another custodian in the place of one, and starts coordinator and custodians again.
   *
   * @param started indices of those that are
   * @returns root and store of the one before
   */
  replace(
    index: number,
    started?: readonly number[],
  ): Promise<{ readonly root: KeyObject; readonly store: MemoryStore }>;
}

export interface ClusterOptions {
  readonly custodians?: number;
  /** Indices that are started; all unless given. */
  readonly started?: readonly number[];
  readonly handlers?: readonly Handler[];
  readonly compose?: (index: number) => CustodianModules['compose'] | undefined;
  readonly custody?: Partial<CustodyModules>;
  readonly schemes?: readonly SchemeRow[];
  readonly refreshMs?: number;
  readonly readyMs?: number;
  readonly beatMs?: number;
}

export const noAddress = undefined;

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const n = options.custodians ?? 4;
  const indices = Array.from({ length: n }, (_, at) => at + 1);
  const identity = ed25519SigningKey(random.bytes(32));
  const roots = indices.map(() => createKeystore(Uint8Array.from(random.bytes(32))).custodianRoot());
  const members = roots.map((root, at) => memberOf(at + 1, custodianSecrets(root).seeds));
  const first: Committee = { epoch: 0, threshold: Math.floor((n - 1) / 3), members };
  let succession: Succession = { coordinator: identity.publicKey, first, handovers: [] };
  const committeeNow = (): Committee => committeesOf(succession).at(-1)!;
  const stores = indices.map(() => new MemoryStore());
  const coordinatorStore = new MemoryStore();
  const running = new Map<number, Custodian>();
  const events: CustodyEvent[] = [];
  const reports: string[] = [];
  const open = () =>
    openCustody(
      {
        committee: committeeNow(),
        changes: succession.handovers.map(({ member }, at) => ({ epoch: at + 1, custodian: member.index })),
        identity,
        schemes: options.schemes ?? [toyScheme],
        refreshMs: options.refreshMs ?? 0,
        ...(options.readyMs === undefined ? {} : { readyMs: options.readyMs }),
        ...(options.beatMs === undefined ? {} : { beatMs: options.beatMs }),
      },
      {
        store: coordinatorStore,
        random,
        encodeEvidence: encodeToyEvidence,
        learnCommon: learnToyCommon,
        report: (event) => void events.push(event),
        ...options.custody,
      },
    );
  let custody = await open();
  const start = async (index: number): Promise<Custodian> => {
    const custodian = await openCustodian(
      {
        me: index,
        committee: committeeNow(),
        succession,
        coordinator: identity.publicKey,
        host: '127.0.0.1',
        port: 0,
      },
      {
        store: stores[index - 1]!,
        root: roots[index - 1]!,
        random,
        compose:
          options.compose?.(index) ??
          (({ store }) => ({
            handlers: options.handlers ?? toyHandlers,
            authority: toyAuthority(store.control),
            evidence: toyEvidenceModule,
          })),
        report: (what) => void reports.push(what),
      },
    );
    running.set(index, custodian);
    custody.setAddress(index, custodian);
    return custodian;
  };
  const stop = async (index: number): Promise<void> => {
    custody.setAddress(index, noAddress);
    await running.get(index)?.close();
    running.delete(index);
  };
  for (const index of options.started ?? indices) await start(index);
  const stopAll = async (): Promise<void> => {
    await custody.close();
    for (const custodian of running.values()) await custodian.close();
    running.clear();
  };
  return {
    get committee() {
      return committeeNow();
    },
    get succession() {
      return succession;
    },
    identity,
    roots,
    stores,
    coordinatorStore,
    running,
    events,
    reports,
    start,
    stop,
    get custody() {
      return custody;
    },
    close: stopAll,
    async replace(index, started = indices) {
      await stopAll();
      const before = { root: roots[index - 1]!, store: stores[index - 1]! };
      roots[index - 1] = createKeystore(Uint8Array.from(random.bytes(32))).custodianRoot();
      stores[index - 1] = new MemoryStore();
      const member = memberOf(index, custodianSecrets(roots[index - 1]!).seeds);
      const signatures = await Promise.all(
        indices
          .filter((me) => me !== index)
          .map((me) =>
            signSuccession(
              { me, succession, member },
              { store: stores[me - 1]!, root: roots[me - 1]!, random },
            ),
          ),
      );
      succession = { ...succession, handovers: [...succession.handovers, { member, signatures }] };
      custody = await open();
      for (const one of started) await start(one);
      return before;
    },
    async reopen() {
      custody = await open();
      for (const [index, custodian] of running) custody.setAddress(index, custodian);
      return custody;
    },
  };
}

/** Looks again in every turn of the event loop. The test's time ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(2);
}

export async function untilReady(custody: Custody, count: number): Promise<void> {
  await until(() => custody.custodians.available().length >= count);
}
