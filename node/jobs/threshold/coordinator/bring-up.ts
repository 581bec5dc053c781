/**
 * Brings a custodian up to date when it connects, and when it missed something. The custodian itself checks every step
 * (custodian/catch-up.ts); the coordinator carries what others sign.
 *
 * begin -> pages of snapshots while t + 1 others have a head beyond its own -> letters -> heads of others -> finish -> ready
 *
 * Pages and heads are asked for while no control call is being told (`exclusive`), so that those who are up to date have one head.
 */
import { sameBytes } from '../../../proving/format/bytes.ts';
import type { Committee } from '../committee.ts';
import {
  decodePage,
  decodeSignedHead,
  decodeSignedPage,
  encodeAdoption,
  encodeHeads,
  encodePageQuestion,
  encodeQuestion,
  headStatement,
  pageStatement,
  purpose,
  type Question,
  type SignedHead,
} from '../custodian/format/catch-up.ts';
import {
  controlKinds,
  decodeBeginning,
  encodeAddresses,
  type MemberAddress,
} from '../custodian/format/control.ts';
import { cheater, ThresholdAbort } from '../errors.ts';
import type { StatementVerifier } from '../identity.ts';
import { untilEnough } from './enough.ts';
import type { Exclusive } from './exclusive.ts';
import { coordinatorLimits } from './limits.ts';
import type { MemberLink } from './member-link.ts';
import type { Members } from './members.ts';
import type { PostOffice } from './post-office.ts';

export interface BringUpModules {
  readonly committee: Committee;
  readonly links: ReadonlyMap<number, MemberLink>;
  readonly members: Members;
  readonly post: PostOffice;
  readonly statements: StatementVerifier;
  readonly exclusive: Exclusive;
  readonly isAccused: (custodian: number) => boolean;
  readonly addresses: () => readonly MemberAddress[];
  readonly accuse: (custodian: number, why: string) => void;
  readonly ready: (custodian: number) => void;
}

const none = new Uint8Array(0);

interface Candidate {
  readonly custodian: number;
  readonly question: Question;
  /** Another one would have to begin anew. */
  readonly connection: object | undefined;
  /** Up to which number it is. */
  sequence: number;
  hash: Uint8Array;
}

export class BringUp {
  readonly #modules: BringUpModules;
  readonly #active = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(modules: BringUpModules) {
    this.#modules = modules;
  }

  /** Sees to it that the custodian becomes ready, for as long as it is connected. */
  begin(custodian: number): void {
    if (this.#active.has(custodian)) return;
    this.#active.add(custodian);
    const running = this.#run(custodian);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#modules.members.changed();
    await Promise.all(this.#running);
  }

  async #run(custodian: number): Promise<void> {
    const { members, links, isAccused } = this.#modules;
    const { signal } = this.#closing;
    let pause: number = coordinatorLimits.retryMsMin;
    while (!signal.aborted && links.get(custodian)!.isConnected && !isAccused(custodian)) {
      if (members.state(custodian) === 'ready') break;
      try {
        await this.#once(custodian);
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        if (links.get(custodian)!.isConnected) members.set(custodian, 'catching-up', error.message);
        await members.rest(pause, signal);
        pause = Math.min(2 * pause, coordinatorLimits.retryMsMax);
      }
    }
    // In the same turn as the last look: whoever finds it behind from here on begins anew.
    this.#active.delete(custodian);
  }

  async #once(custodian: number): Promise<void> {
    const { post, exclusive } = this.#modules;
    await this.#call(custodian, controlKinds.addresses, encodeAddresses(this.#modules.addresses()));
    const begun = decodeBeginning(await this.#call(custodian, controlKinds.begin, none), custodian);
    const candidate: Candidate = {
      custodian,
      question: { asker: custodian, nonce: begun.nonce },
      connection: this.#modules.links.get(custodian)!.connection,
      ...begun.head,
    };
    for (let pages = 0; pages < coordinatorLimits.catchUpPagesMax; pages += 1) {
      await post.drain(custodian);
      if (await exclusive.run(() => this.#finish(candidate))) break;
      await this.#adoptPage(candidate);
    }
    // What came in the very last moment.
    await post.drain(custodian);
  }

  /** @returns false when it is behind. @throws ThresholdAbort `unavailable` when too few say where they are */
  async #finish(candidate: Candidate): Promise<boolean> {
    const { committee } = this.#modules;
    const { question, custodian } = candidate;
    const enough = committee.members.length - committee.threshold - 1;
    const agreeing = (heads: readonly SignedHead[]) => heads.filter(({ head }) => !isBeyond(head, candidate));
    const isBehind = (heads: readonly SignedHead[]) =>
      heads.some(
        ({ head }) =>
          head.sequence > candidate.sequence &&
          heads.filter((other) => isSame(other.head, head)).length > committee.threshold,
      );
    const ask = async (other: number): Promise<SignedHead> => {
      const reply = await this.#call(other, controlKinds.head, encodeQuestion(question));
      const signed = decodeSignedHead(reply, other);
      this.#check(other, purpose.head, headStatement(question, signed.head), signed.signature);
      return signed;
    };
    const heads = await untilEnough(
      this.#others(custodian),
      ask,
      (all) => agreeing(all).length >= enough || isBehind(all),
    );
    if (isBehind(heads)) return false;
    const parted = heads.filter(
      ({ head }) => head.sequence === candidate.sequence && isBeyond(head, candidate),
    );
    if (parted.length > committee.threshold)
      throw new ThresholdAbort('unavailable', custodian, 'it took in another control call than the others');
    if (heads.length < enough)
      throw new ThresholdAbort('unavailable', custodian, 'too few others say which control calls they have');
    await this.#call(custodian, controlKinds.finish, encodeHeads(heads));
    const { members, links, ready } = this.#modules;
    if (candidate.connection === undefined || links.get(custodian)!.connection !== candidate.connection)
      throw new ThresholdAbort('unavailable', custodian, 'the connection to it ended');
    // Before any further control call is told: it is told those from here on.
    members.set(custodian, 'ready');
    ready(custodian);
    return true;
  }

  async #adoptPage(candidate: Candidate): Promise<void> {
    const { question, custodian } = candidate;
    const { threshold } = this.#modules.committee;
    const ask = async (other: number) => {
      const body = encodePageQuestion({ ...question, since: candidate.sequence });
      const signed = decodeSignedPage(await this.#call(other, controlKinds.page, body), other);
      const page = decodePage(signed.page, other);
      this.#check(other, purpose.page, pageStatement(question, page), signed.signature);
      return { custodian: other, signature: signed.signature, bytes: signed.page, page };
    };
    const equalTo = (all: readonly Awaited<ReturnType<typeof ask>>[]) =>
      all
        .map(({ bytes }) => all.filter((other) => sameBytes(bytes, other.bytes)))
        .find((equal) => equal.length > threshold);
    const pages = await this.#modules.exclusive.run(() =>
      untilEnough(this.#others(custodian), ask, (all) => equalTo(all) !== undefined),
    );
    const equal = equalTo(pages);
    if (equal === undefined)
      throw new ThresholdAbort('unavailable', custodian, 'too few others say the same of what changed');
    const { bytes, page } = equal[0]!;
    await this.#call(custodian, controlKinds.adopt, encodeAdoption(bytes, equal));
    candidate.sequence = page.isLast ? page.head.sequence : page.subjects.at(-1)!.sequence;
    candidate.hash = page.isLast ? page.head.hash : none;
  }

  /** @throws ThresholdAbort `cheater` for a signature that does not hold, over a channel that is the custodian's */
  #check(custodian: number, of: string, statement: Uint8Array, signature: Uint8Array): void {
    if (this.#modules.statements.verify(custodian, of, statement, signature)) return;
    this.#modules.accuse(custodian, 'its signature under what it knows of control calls does not hold');
    cheater(custodian, 'a signature that does not hold');
  }

  #others(custodian: number): number[] {
    const { members, links, isAccused } = this.#modules;
    return members.indices.filter(
      (other) => other !== custodian && links.get(other)!.isConnected && !isAccused(other),
    );
  }

  #call(custodian: number, kind: string, body: Uint8Array): Promise<Uint8Array> {
    const { signal } = this.#closing;
    return this.#modules.links
      .get(custodian)!
      .call(kind, body, { timeoutMs: coordinatorLimits.catchUpMs, signal });
  }
}

type Head = SignedHead['head'];

function isSame(left: Head, right: Head): boolean {
  return left.sequence === right.sequence && sameBytes(left.hash, right.hash);
}

/** A head that does not count for one who is at `own`. */
function isBeyond(head: Head, own: Candidate): boolean {
  return head.sequence > own.sequence || (head.sequence === own.sequence && !sameBytes(head.hash, own.hash));
}
