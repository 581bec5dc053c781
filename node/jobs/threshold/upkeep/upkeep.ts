/**
 * What is done for keys beside the calls, one thing at a time: shares that custodians lack are given back, keys of pseudo-random sharing
 * handed over, what first uses would wait for is made ready, and all shares are made anew once in a period.
 *
 * Proactive refresh: Ostrovsky and Yung, "How to withstand mobile virus attacks", PODC 1991; Herzberg, Jarecki, Krawczyk and Yung,
 * CRYPTO 1995. Who takes over up to t custodians in one period and others in the next has nothing: a key's shares go together with those of
 * its own generation alone, and custodians erase the old ones. There are no periods that all keys begin together here: each key has its
 * own, as long as the period, which is as good, since shares of two keys have nothing to do with each other. What is shared by all keys
 * (keys of pseudo-random sharing, presignatures, nonces) is renewed at the end of each course.
 */
import type { Bytes } from '../../../api/index.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import { hasReason } from '../coordinator/errors.ts';
import { abortOf } from '../dkg/attempts.ts';
import { quorumOf } from '../dkg/key-statement.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Custodians, KeyCommon, ListedShare } from '../party.ts';
import type { SchemeRow } from '../scheme.ts';
import { Completion } from './completion.ts';
import { upkeepLimits as limits } from './limits.ts';
import { mendKey } from './mend.ts';
import { Notices } from './notices.ts';
import { beginPass, dueMs, nextBeginsMs, type Pass, readPass, writePass } from './pass.ts';
import type { Replacement } from './replacement.ts';
import { walkKeys } from './walk.ts';

export interface UpkeepOptions {
  /** In which each key is refreshed once, in milliseconds; 0 for never. */
  readonly periodMs: number;
}

export interface UpkeepModules {
  readonly custodians: Custodians;
  /** The coordinator's own. */
  readonly store: KeyValueStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of this scheme; undefined for one that is not offered. */
  readonly row: (scheme: string) => SchemeRow | undefined;
  /** Calls that are under way. */
  readonly calls: () => number;
  readonly changed: (key: KeyCommon) => void;
  /** Hands what custodians share beside keys to those that lack it. */
  readonly repairShared?: (custodians: Custodians) => Promise<unknown>;
  /** Makes that anew. */
  readonly renewShared?: (custodians: Custodians) => Promise<unknown>;
  readonly report: (event: UpkeepEvent) => void;
}

/** For the log: nothing secret in it. */
export interface UpkeepEvent {
  readonly event: 'share-recovered' | 'upkeep-failed' | 'refreshed' | 'replaced';
  readonly custodian?: number;
  readonly detail: string;
}

export interface UpkeepStatus {
  /** Keys that wait to be looked at, as calls found a share missing. */
  readonly noticed: number;
  /** Shares that were given back, keys refreshed and things given up, since the start. */
  readonly recovered: number;
  readonly refreshed: number;
  readonly failed: number;
  readonly pass: Pass | undefined;
  /** The operator asked for a course that has not begun yet. */
  readonly isAsked: boolean;
  /** Custodians were replaced, and that is not completed yet. */
  readonly replacement: Replacement | undefined;
}

type Walk = AsyncGenerator<ListedShare, void, void>;

export class Upkeep {
  readonly #periodMs: number;
  readonly #modules: UpkeepModules;
  readonly #notices = new Notices(() => performance.now());
  readonly #closing = new AbortController();
  readonly #completion: Completion;
  #wakeUp: () => void = () => undefined;
  #isWoken = false;
  #pass: Pass | undefined;
  #walk: { readonly keys: Walk; next: ListedShare | undefined; readonly since: number } | undefined;
  /** A custodian became ready: it may lack what custodians share beside keys. */
  #isBack = false;
  #isAsked = false;
  #isPrepared = false;
  #renewFailures = 0;
  #counts = { recovered: 0, refreshed: 0, failed: 0 };
  #running: Promise<void> | undefined;

  constructor({ periodMs }: UpkeepOptions, modules: UpkeepModules) {
    this.#periodMs = periodMs;
    this.#modules = modules;
    this.#completion = new Completion(modules, () => performance.now());
  }

  /** Takes up what an earlier process left. */
  async start(): Promise<void> {
    this.#pass = await readPass(this.#modules.store);
    const pass = this.#pass;
    await this.#completion.start(pass?.isAsked === true && pass.endedMs === undefined);
    this.#running = this.#run();
  }

  /** A custodian said that it has no share, or another one. */
  notice(handle: Bytes): void {
    if (this.#notices.add(handle)) this.#wake();
  }

  /** A custodian became ready. */
  memberReady(): void {
    this.#isBack = true;
    this.#wake();
  }

  /** All keys are refreshed now, one after the other. One that is on its way goes on. */
  refreshNow(): void {
    this.#isAsked = true;
    this.#wake();
  }

  status(): UpkeepStatus {
    const { size: noticed } = this.#notices;
    const replacement = this.#completion.replacement;
    return { noticed, ...this.#counts, pass: this.#pass, isAsked: this.#isAsked, replacement };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
    if (this.#pass !== undefined) await writePass(this.#modules.store, this.#pass, true);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let restMs: number;
      const { custodians } = this.#modules;
      if (custodians.available().length < quorumOf(custodians.committee)) restMs = limits.waitMs;
      else {
        try {
          restMs = await this.#step();
        } catch (error) {
          this.#failed(error, 'looking after keys');
          restMs = limits.waitMs;
        }
      }
      if (restMs > 0) await this.#rest(restMs);
    }
  }

  /** Does one thing, the most urgent one. @returns milliseconds until there is another */
  async #step(): Promise<number> {
    const notice = this.#notices.due();
    if (notice !== undefined) {
      await this.#quiet();
      const begun = performance.now();
      const failure = await this.#mend(notice.handle, notice.refresh);
      if (failure === undefined) this.#notices.done(notice);
      else if (this.#notices.failed(notice, isHopeless(failure)) && failure.reason !== 'unknown-key')
        this.#failed(failure, `the share of a key (${handleName(notice.handle)})`);
      // A custodian that loses its shares again and again costs half of a core at most.
      await this.#restAfter(begun, limits.askedRestShare);
      return 0;
    }
    if (this.#isBack) {
      this.#isBack = false;
      await this.#modules.repairShared?.(this.#modules.custodians);
      return 0;
    }
    if (!this.#isPrepared) {
      this.#isPrepared = true;
      await this.#prepare();
      return 0;
    }
    const passMs = await this.#passStep();
    return Math.min(passMs, this.#notices.dueIn() ?? limits.lookMsMax, limits.lookMsMax);
  }

  /** Pools of the schemes of which there are keys: an idle gateway makes none. */
  async #prepare(): Promise<void> {
    const { custodians, row } = this.#modules;
    const schemes = new Set<string>();
    for await (const { scheme } of walkKeys(custodians, undefined, this.#closing.signal)) schemes.add(scheme);
    for (const scheme of schemes) {
      const begun = performance.now();
      await this.#quiet();
      await row(scheme)?.prepare?.(custodians);
      await this.#restAfter(begun, limits.askedRestShare);
    }
  }

  /** @returns milliseconds until there is something to do */
  async #passStep(): Promise<number> {
    const { now, store } = this.#modules;
    const pass = this.#pass;
    const isOver = pass === undefined || pass.endedMs !== undefined;
    const completionMs = this.#completion.dueInMs();
    const isDue = this.#isAsked || completionMs === 0;
    if (isDue && (isOver || !pass.isAsked)) return this.#begin(true, now());
    if (pass === undefined || isOver) {
      if (this.#periodMs === 0) return completionMs ?? limits.lookMsMax;
      const beginsMs = pass === undefined ? now() : nextBeginsMs(pass, this.#periodMs, now());
      if (beginsMs > now()) return Math.min(beginsMs - now(), completionMs ?? limits.lookMsMax);
      return this.#begin(false, beginsMs);
    }
    if (!pass.isAsked && this.#periodMs === 0) return completionMs ?? limits.lookMsMax;
    const key = await this.#peek(pass);
    if (key === undefined) {
      // Keys that are made meanwhile have their moments in what is left of the period.
      const leftMs = pass.isAsked ? 0 : nextBeginsMs(pass, this.#periodMs, now()) - now();
      this.#walk = undefined;
      if (leftMs <= 0) return this.#end(pass);
      return Math.min(leftMs, this.#periodMs / limits.looksPerPeriod, completionMs ?? limits.lookMsMax);
    }
    const waitMs = dueMs(pass, key.handle, this.#periodMs, now()) - now();
    if (waitMs > 0) return Math.min(waitMs, completionMs ?? limits.lookMsMax);
    await this.#quiet();
    if (this.#closing.signal.aborted) return 0;
    const begun = performance.now();
    await this.#completion.look();
    const failure = await this.#mend(key.handle, true);
    // Erased since it was listed: nothing is to be done.
    const isFailure = failure !== undefined && failure.reason !== 'unknown-key';
    if (isFailure) this.#notices.add(key.handle, true);
    if (this.#walk !== undefined) this.#walk.next = undefined;
    this.#pass = {
      ...pass,
      cursor: Uint8Array.from(key.handle),
      keys: pass.keys + (failure === undefined ? 1 : 0),
      failed: pass.failed + (isFailure ? 1 : 0),
    };
    await writePass(store, this.#pass, false);
    await this.#restAfter(begun, pass.isAsked ? limits.askedRestShare : limits.restShare);
    return 0;
  }

  async #begin(isAsked: boolean, nowMs: number): Promise<number> {
    const { store } = this.#modules;
    this.#isAsked = false;
    this.#walk = undefined;
    this.#pass = beginPass(nowMs, isAsked, this.#pass);
    await writePass(store, this.#pass, true);
    // Behind the course: of an older one nobody may think that it is this one.
    if (isAsked) await this.#completion.begun();
    return 0;
  }

  /** The course is at its end: what belongs to no key is renewed. */
  async #end(pass: Pass): Promise<number> {
    const { custodians, renewShared, now, store, report } = this.#modules;
    let isRenewed = true;
    try {
      await this.#completion.look();
      await renewShared?.(custodians);
    } catch (error) {
      // Later again; for ever it does not keep the next course from beginning.
      this.#renewFailures += 1;
      if (this.#renewFailures < limits.attemptsMax) throw error;
      this.#failed(error, 'what custodians share beside keys');
      isRenewed = false;
    }
    this.#renewFailures = 0;
    const endedMs = now();
    this.#pass = { ...pass, endedMs, lastEndedMs: endedMs };
    this.#walk = undefined;
    await this.#completion.look();
    await writePass(store, this.#pass, true);
    await this.#completion.ended(isRenewed && pass.failed === 0);
    report({ event: 'refreshed', detail: `${pass.keys} keys have new shares, ${pass.failed} failed` });
    return 0;
  }

  /** The key behind the last one. */
  async #peek(pass: Pass): Promise<ListedShare | undefined> {
    if (this.#walk !== undefined && performance.now() - this.#walk.since > limits.walkMsMax)
      this.#walk = undefined;
    this.#walk ??= {
      keys: walkKeys(this.#modules.custodians, pass.cursor, this.#closing.signal),
      next: undefined,
      since: performance.now(),
    };
    const walk = this.#walk;
    if (walk.next !== undefined) return walk.next;
    try {
      const { done, value } = await walk.keys.next();
      walk.next = done === true ? undefined : value;
      return walk.next;
    } catch (error) {
      this.#walk = undefined;
      throw error;
    }
  }

  /** @returns why something is left to be done */
  async #mend(handle: Bytes, refresh: boolean): Promise<ThresholdAbort | undefined> {
    const { custodians, row, changed, report } = this.#modules;
    const modules = {
      custodians,
      row,
      changed: (key: KeyCommon) => {
        this.#counts.refreshed += 1;
        changed(key);
      },
      recovered: (custodian: number) => {
        this.#counts.recovered += 1;
        report({ event: 'share-recovered', custodian, detail: handleName(handle) });
      },
    };
    try {
      await mendKey(modules, handle, refresh, this.#closing.signal);
      return undefined;
    } catch (error) {
      if (this.#closing.signal.aborted) return new ThresholdAbort('unavailable', undefined, 'it ends');
      // What is common of one key is not as its scheme has it: no reason to leave all others alone.
      if (error instanceof RangeError)
        return new ThresholdAbort('malformed', undefined, error.message, { cause: error });
      return abortOf(error);
    }
  }

  /** Something is to be done: also when the loop is on its way to rest. */
  #wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  #failed(error: unknown, what: string): void {
    if (this.#closing.signal.aborted) return;
    this.#counts.failed += 1;
    const detail = `${what}: ${abortOf(error).message}`;
    this.#modules.report({ event: 'upkeep-failed', detail });
  }

  /** A moment without calls, if there is one soon. */
  async #quiet(): Promise<void> {
    for (
      let waited = 0;
      waited < limits.quietMsMax && this.#modules.calls() > 0;
      waited += limits.quietLookMs
    )
      await this.#rest(limits.quietLookMs, false);
  }

  async #restAfter(begun: number, share: number): Promise<void> {
    await this.#rest(Math.min(share * (performance.now() - begun), limits.restMsMax), false);
  }

  async #rest(ms: number, isLight = true): Promise<void> {
    if (this.#closing.signal.aborted || (isLight && this.#isWoken)) {
      this.#isWoken = false;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.ceil(ms));
    timer.unref();
    const end = () => resolve();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    if (isLight) this.#wakeUp = resolve;
    await promise;
    if (isLight) this.#isWoken = false;
    this.#wakeUp = () => undefined;
    this.#closing.signal.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}

/** Trying again would change nothing. */
function isHopeless(failure: ThresholdAbort): boolean {
  return failure.reason === 'unknown-key' || hasReason(failure, 'refused');
}

const handleName = (handle: Bytes): string => Buffer.from(handle).toString('hex').slice(0, 8);
