/** The gateway's side of its custodians: which scheme's function serves a task, and what custodians are told of control calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Bytes,
  CallEvidence,
  CustodyPort,
  CustodyStatus,
  KeyTask,
  KeyTaskResult,
} from '../../../api/index.ts';
import { CustodyError } from '../../../api/index.ts';
import type { RandomSource } from '../../../crypto/random.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import { systemClock } from '../../mpc/session/clock.ts';
import type { Identity } from '../../mpc/session/identity.ts';
import { type Committee, checkCommittee, indicesOf } from '../committee.ts';
import { channelMembership, coordinatorName } from '../custodian/channel.ts';
import { controlKinds, encodeAddresses, eraseKind, type MemberAddress } from '../custodian/format/control.ts';
import { ThresholdAbort } from '../errors.ts';
import { StatementVerifier } from '../identity.ts';
import type { AuthorisedTask, Custodians } from '../party.ts';
import type { SchemeRow } from '../scheme.ts';
import { Upkeep, type UpkeepEvent } from '../upkeep/index.ts';
import { Accusations } from './accusations.ts';
import { BringUp } from './bring-up.ts';
import { KeyCommons, type LearnCommon } from './commons.ts';
import { ConnectedCustodians } from './connected-custodians.ts';
import { untilEnough } from './enough.ts';
import { type EpochChange, takeUpEpoch } from './epoch.ts';
import { custodyErrorOf, hasReason } from './errors.ts';
import { Exclusive } from './exclusive.ts';
import { coordinatorLimits } from './limits.ts';
import { Mailbox } from './mailbox.ts';
import { type Address, type LinkNews, MemberLink } from './member-link.ts';
import { Members } from './members.ts';
import { PostOffice } from './post-office.ts';

export interface CustodyOptions {
  readonly committee: Committee;
  /** Which custodians were replaced since the committee was founded, one for each epoch. */
  readonly changes?: readonly EpochChange[];
  /** Who asks: the key that custodians know as the coordinator's. */
  readonly identity: Identity;
  readonly schemes: readonly SchemeRow[];
  /** Patience for kinds of requests that take long, in milliseconds. */
  readonly timeoutMs?: (kind: string) => number | undefined;
  /** In which the shares of every key are made anew once, in milliseconds; 0, or absent, for never. */
  readonly refreshMs?: number;
  /** Instead of `coordinatorLimits.readyMs`. */
  readonly readyMs?: number;
  /** Instead of `coordinatorLimits.beatMs`. */
  readonly beatMs?: number;
}

export interface CustodyModules {
  /** The coordinator's own: letters and accusations. */
  readonly store: KeyValueStore;
  readonly random: RandomSource;
  readonly encodeEvidence: (evidence: CallEvidence) => Bytes;
  readonly learnCommon: LearnCommon;
  /** For the log: nothing secret in it. */
  readonly report: (event: CustodyEvent) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What custodians share beside keys: handed to those that lack it, and made anew. */
  readonly repairShared?: (custodians: Custodians) => Promise<unknown>;
  readonly renewShared?: (custodians: Custodians) => Promise<unknown>;
  /** For metrics: how a task ended, `done` or the reason of its error, and after how many seconds. */
  readonly observe?: (kind: KeyTask['kind'], outcome: string, seconds: number) => void;
}

export interface CustodyEvent {
  readonly event:
    | 'accused'
    | 'connected'
    | 'disconnected'
    | 'ready'
    | 'letter-refused'
    | UpkeepEvent['event'];
  readonly custodian?: number;
  readonly detail?: string;
}

export interface Custody extends CustodyPort {
  readonly custodians: Custodians;
  /** Where a custodian listens; undefined while it does not. @param why it does not, in words */
  setAddress(custodian: number, address: Address | undefined, why?: string): void;
  /** The operator has looked at it: it is asked again. */
  clearAccusation(custodian: number): void;
  /** As it is now, of each custodian by index. */
  members(): ReadonlyMap<number, MemberFacts>;
  readonly upkeep: Pick<Upkeep, 'status' | 'refreshNow'>;
  /** What is ready for the next calls, by scheme. */
  prepared(): ReadonlyMap<string, number>;
  /** Asks all that are ready to erase what is due. */
  eraseDue(): Promise<void>;
  close(): Promise<void>;
}

export interface MemberFacts {
  /** How quickly it answered lately; 0 when it was not asked for a while. */
  readonly latencyMs: number;
  /** Messages that wait for it. */
  readonly letters: number;
}

const none = new Uint8Array(0);

/** @throws RangeError for a committee that is none, or is over */
export async function openCustody(options: CustodyOptions, modules: CustodyModules): Promise<Custody> {
  checkCommittee(options.committee);
  await takeUpEpoch(modules.store, options.committee, options.changes ?? []);
  const indices = indicesOf(options.committee);
  const accusations = await Accusations.open(modules.store, indices);
  const mailbox = await Mailbox.open(modules.store, indices, modules.random);
  const custody = new OpenCustody(options, modules, accusations, mailbox);
  await custody.upkeep.start();
  return custody;
}

class OpenCustody implements Custody {
  readonly custodians: Custodians;
  readonly upkeep: Upkeep;
  readonly #committee: Committee;
  readonly #modules: CustodyModules;
  readonly #schemes: ReadonlyMap<string, SchemeRow>;
  readonly #accusations: Accusations;
  readonly #members: Members;
  readonly #links: ReadonlyMap<number, MemberLink>;
  readonly #bringUp: BringUp;
  readonly #commons: KeyCommons;
  readonly #exclusive = new Exclusive();
  readonly #addresses = new Map<number, MemberAddress>();
  readonly #closing = new AbortController();
  readonly #post: PostOffice;
  #calls = 0;

  constructor(options: CustodyOptions, modules: CustodyModules, accusations: Accusations, mailbox: Mailbox) {
    const { committee } = options;
    const { random } = modules;
    this.#committee = committee;
    this.#modules = modules;
    this.#accusations = accusations;
    this.#schemes = new Map(options.schemes.map((row) => [row.scheme, row]));
    const isAccused = (index: number) => accusations.why(index) !== undefined;
    const clock = () => performance.now();
    const members = new Members(indicesOf(committee), isAccused, clock, options.readyMs);
    this.#members = members;
    this.#links = new Map(indicesOf(committee).map((index) => [index, this.#link(index, options)]));
    const statements = new StatementVerifier(committee);
    const shared = { committee, random, members, accusations, statements, links: this.#links };
    const report = (detail: string) => modules.report({ event: 'letter-refused', detail });
    const post = new PostOffice({ ...shared, mailbox, report });
    this.custodians = new ConnectedCustodians({
      ...shared,
      post,
      encodeEvidence: modules.encodeEvidence,
      timeoutMs: options.timeoutMs ?? (() => undefined),
      accused: (custodian, detail) => modules.report({ event: 'accused', custodian, detail }),
      lacksShare: (_, handle) => this.upkeep.notice(handle),
    });
    this.#post = post;
    this.#commons = new KeyCommons(this.custodians, modules.learnCommon);
    this.#bringUp = new BringUp({
      ...shared,
      post,
      isAccused,
      exclusive: this.#exclusive,
      addresses: () => [...this.#addresses.values()],
      accuse: (custodian, why) => this.custodians.accuse(custodian, why),
      ready: (custodian) => {
        modules.report({ event: 'ready', custodian });
        this.upkeep.memberReady();
      },
    });
    const { store, now = () => Date.now(), repairShared, renewShared } = modules;
    this.upkeep = new Upkeep(
      { periodMs: options.refreshMs ?? 0 },
      {
        custodians: this.custodians,
        store,
        now,
        row: (scheme) => this.#schemes.get(scheme),
        calls: () => this.#calls,
        changed: (key) => this.#commons.set(key),
        ...(repairShared === undefined ? {} : { repairShared }),
        ...(renewShared === undefined ? {} : { renewShared }),
        report: modules.report,
      },
    );
  }

  async perform(
    task: KeyTask,
    evidence: CallEvidence,
    { material, signal }: { readonly material?: Bytes; readonly signal?: AbortSignal } = {},
  ): Promise<KeyTaskResult> {
    const begun = performance.now();
    let outcome = 'failed';
    this.#calls += 1;
    try {
      const output = await this.#perform({ task, evidence }, material, signal);
      outcome = 'done';
      return { output };
    } catch (error) {
      const told = custodyErrorOf(error);
      if (told instanceof CustodyError) outcome = told.reason;
      throw told;
    } finally {
      this.#calls -= 1;
      material?.fill(0);
      this.#modules.observe?.(task.kind, outcome, (performance.now() - begun) / 1000);
    }
  }

  async inform(evidence: CallEvidence, signal?: AbortSignal): Promise<void> {
    const body = this.#modules.encodeEvidence(evidence);
    const deadline = performance.now() + coordinatorLimits.informMs;
    try {
      for (;;) {
        await this.#members.requireReady(this.#quorum, signal);
        // One call after the other, and none while somebody compares heads.
        if (await this.#exclusive.run(() => this.#apply(body, signal))) return;
        if (performance.now() >= deadline || signal?.aborted)
          throw new ThresholdAbort('unavailable', undefined, 'too few custodians took in a control call');
        await sleep(coordinatorLimits.retryMsMin);
      }
    } catch (error) {
      throw custodyErrorOf(error);
    }
  }

  async status(): Promise<CustodyStatus> {
    const { threshold, epoch } = this.#committee;
    const custodians = this.#members.indices.map((index) => {
      const accused = this.#accusations.why(index);
      if (accused !== undefined) return { index, state: 'accused', reason: accused } as const;
      const reason = this.#members.reason(index);
      return { index, state: this.#members.state(index), ...(reason === undefined ? {} : { reason }) };
    });
    return { threshold, epoch, custodians };
  }

  members(): ReadonlyMap<number, MemberFacts> {
    const factsOf = (index: number): MemberFacts => ({
      latencyMs: this.#members.latencyMs(index),
      letters: this.#post.waiting(index),
    });
    return new Map(this.#members.indices.map((index) => [index, factsOf(index)]));
  }

  prepared(): ReadonlyMap<string, number> {
    const rows = [...this.#schemes.values()];
    return new Map(
      rows.flatMap(({ scheme, prepared }) =>
        prepared === undefined ? [] : [[scheme, prepared(this.custodians)] as const],
      ),
    );
  }

  setAddress(custodian: number, address: Address | undefined, why?: string): void {
    const link = this.#links.get(custodian);
    if (link === undefined) throw new RangeError('no such custodian');
    if (address === undefined) this.#addresses.delete(custodian);
    else this.#addresses.set(custodian, { index: custodian, ...address });
    link.setAddress(address);
    if (why !== undefined && !link.isConnected) this.#members.set(custodian, 'unreachable', why);
    this.#tellAddresses();
  }

  clearAccusation(custodian: number): void {
    this.#accusations.clear(custodian);
    this.#fallBehind(custodian, 'it was accused');
  }

  async eraseDue(): Promise<void> {
    await Promise.all(this.#members.ready().map((index) => this.#try(index, controlKinds.eraseDue, none)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const upkeep = this.upkeep.close();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    await this.#bringUp.close();
    await upkeep;
    await this.#accusations.settled();
  }

  /** n - t: of any two such sets at least t + 1 are in both. */
  get #quorum(): number {
    return this.#committee.members.length - this.#committee.threshold;
  }

  async #perform(
    authorised: AuthorisedTask,
    material: Bytes | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Bytes> {
    const { task } = authorised;
    const { threshold } = this.#committee;
    const isMaking = task.kind === 'create' || task.kind === 'import';
    if ((task.kind === 'import') !== (material !== undefined))
      throw new RangeError('key material belongs to an import');
    const readyBy = this.#members.readyBy();
    // So many know what is common of a key; with it shows how many its use takes.
    const count = isMaking || task.kind === 'erase' ? this.#quorum : threshold + 1;
    await this.#members.requireReady(count, signal, readyBy);
    if (task.kind === 'erase') return this.#erase(authorised, signal);
    if (isMaking) {
      const row = this.#row(task.scheme);
      const common =
        task.kind === 'create'
          ? await row.create(this.custodians, authorised, signal)
          : await row.import(this.custodians, authorised, material!, signal);
      this.#commons.set(common);
      return row.publicKey(common);
    }
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#use(authorised, readyBy, signal);
      } catch (error) {
        const isStale = hasReason(error, 'stale');
        // Whoever was counted on is gone, or was too slow: others are asked, or the same again, as long as a call that begins now would wait for them.
        const isAway =
          error instanceof ThresholdAbort && error.reason === 'unavailable' && performance.now() < readyBy;
        if (!(isStale || isAway) || tries >= coordinatorLimits.useTriesMax || signal?.aborted) throw error;
        // The key is being refreshed, or was, before a crash: its common part is learned anew.
        if (isStale) this.#commons.forget(task.handle);
        // Custodians take up new shares one after the other.
        if (tries > 1) await sleep(coordinatorLimits.usePauseMs * (tries - 1));
      }
    }
  }

  /** @param readyBy see `Members.requireReady` */
  async #use(authorised: AuthorisedTask, readyBy: number, signal: AbortSignal | undefined): Promise<Bytes> {
    const { task } = authorised;
    const common = await this.#commons.get(task.handle);
    const row = this.#row(common.scheme);
    if (row.use !== task.kind) throw new RangeError(`${task.kind} is not what ${common.scheme} is for`);
    await this.#members.requireReady(row.needs(this.#committee), signal, readyBy);
    return row.perform(this.custodians, common, authorised, signal);
  }

  #row(scheme: string): SchemeRow {
    const row = this.#schemes.get(scheme);
    if (row === undefined) throw new CustodyError('invalid', 'keys of this scheme are not offered');
    return row;
  }

  /** Those who are away erase it when they hear of the deletion, as what is due. */
  async #erase(authorised: AuthorisedTask, signal: AbortSignal | undefined): Promise<Bytes> {
    this.#commons.forget(authorised.task.handle);
    const options = signal === undefined ? { authorised } : { authorised, signal };
    const results = await Promise.allSettled(
      this.#members.ready().map((index) => this.custodians.ask(index, eraseKind, none, options)),
    );
    this.#requireQuorum(results, 'erased the key');
    return none;
  }

  /**
   * Tells all that are connected, also those that are catching up: whoever takes it in has all before it. Waits for those that are ready.
   * @returns whether enough have it on their disks
   * @throws ThresholdAbort `refused` when n - t refuse it: no more than t, who may be faulty, have it or will have it
   */
  async #apply(body: Bytes, signal: AbortSignal | undefined): Promise<boolean> {
    const ready = new Set(this.#members.ready());
    const asked = this.#members.indices.filter(
      (index) => this.#links.get(index)!.isConnected && this.#accusations.why(index) === undefined,
    );
    const failures = new Map<number, ThresholdAbort>();
    const ask = async (index: number): Promise<number> => {
      try {
        await this.#call(index, controlKinds.apply, body, signal);
      } catch (error) {
        failures.set(index, abortOf(error));
        throw error;
      } finally {
        ready.delete(index);
      }
      return index;
    };
    const acks = await untilEnough(asked, ask, (all) => all.length >= this.#quorum && ready.size === 0);
    throwRefusal([...failures.values()], this.#quorum);
    // One of t + 1 that have it is honest: the others take it over from them, whatever they think of it.
    if (acks.length <= this.#committee.threshold) return false;
    for (const [index, { message }] of failures) {
      if (this.#members.state(index) === 'ready') this.#fallBehind(index, message);
    }
    return acks.length >= this.#quorum;
  }

  #requireQuorum(results: readonly PromiseSettledResult<unknown>[], what: string): void {
    if (results.filter(({ status }) => status === 'fulfilled').length >= this.#quorum) return;
    const failures = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    throwRefusal(
      failures.map(({ reason }) => abortOf(reason)),
      this.#committee.threshold + 1,
    );
    throw new ThresholdAbort('unavailable', undefined, `too few custodians ${what}`);
  }

  #link(index: number, { committee, identity, beatMs }: CustodyOptions): MemberLink {
    const { random, report } = this.#modules;
    const membership = (signal: AbortSignal) =>
      channelMembership(
        { committee, coordinator: identity.publicKey, custodian: index, me: coordinatorName, identity },
        { random, clock: systemClock, signal },
      );
    const news: LinkNews = {
      connected: () => {
        report({ event: 'connected', custodian: index });
        this.#fallBehind(index, 'it just connected');
      },
      disconnected: (detail) => {
        if (this.#members.state(index) !== 'unreachable')
          report({ event: 'disconnected', custodian: index, detail });
        this.#members.set(index, 'unreachable', detail);
      },
      state: (state) => {
        if (state === 'catching-up' && this.#members.state(index) === 'ready')
          this.#fallBehind(index, 'it misses control calls');
      },
    };
    return new MemberLink(index, membership, news, { beatMs });
  }

  /** It may have missed something: it is brought up to date before it is asked for anything. */
  #fallBehind(index: number, why: string): void {
    if (this.#closing.signal.aborted || !this.#links.get(index)!.isConnected) return;
    this.#members.set(index, 'catching-up', why);
    this.#bringUp.begin(index);
  }

  #tellAddresses(): void {
    const body = encodeAddresses([...this.#addresses.values()]);
    for (const [index, { isConnected }] of this.#links) {
      if (isConnected) void this.#try(index, controlKinds.addresses, body);
    }
  }

  async #call(index: number, kind: string, body: Bytes, signal?: AbortSignal): Promise<Bytes> {
    return this.#links.get(index)!.call(kind, body, { timeoutMs: coordinatorLimits.askMs, signal });
  }

  /** For what is done again anyhow. */
  async #try(index: number, kind: string, body: Bytes): Promise<void> {
    try {
      await this.#call(index, kind, body);
    } catch (error) {
      abortOf(error);
    }
  }
}

/** @param count so many refuse: with t + 1 one of them is honest */
function throwRefusal(failures: readonly ThresholdAbort[], count: number): void {
  const refusals = failures.filter(({ reason }) => reason === 'refused');
  if (refusals.length >= count) throw refusals[0];
}

/** @throws what is no abort */
function abortOf(error: unknown): ThresholdAbort {
  if (error instanceof ThresholdAbort) return error;
  throw error;
}
