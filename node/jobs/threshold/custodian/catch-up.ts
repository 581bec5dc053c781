/**
 * A custodian that was away, or that sees that a call is missing, takes over what others know, and believes nobody alone.
 *
 * 1. It makes a fresh nonce, which goes into all that others sign for it.
 * 2. Snapshots of what changed since its head: a page is adopted when t + 1 others signed the same page, of which one is honest.
 * 3. It is ready when n - t - 1 others signed heads that are not beyond its own. A control call was acknowledged by n - t custodians,
 *    so of any n - t - 1 others at least n - 2t >= t + 1 have it (or it has it itself): one of these is honest and would have said so.
 *    A head beyond its own is not believed (up to t may invent one); it just does not count.
 * 4. More than t others with another hash at its own number: its history is not theirs, and it stays out.
 *
 * From the first page to the last it knows newer things than its head says. It takes in no control call then, and remembers so on its disk:
 * a call that is applied to what came after it would make a state that nobody else has.
 *
 * While it catches up it still signs its own head and pages for others: they count what t + 1 say. One that came in the place of another
 * does not before it caught up for the first time: that it has a low head says nothing of what the one before it acknowledged.
 */
import type { Authority, Bytes, ControlHead, ControlStore } from '../../../api/index.ts';
import { sameBytes } from '../../../proving/format/bytes.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Party } from '../party.ts';
import {
  decodeAdoption,
  decodeHeads,
  decodePage,
  encodePage,
  headStatement,
  nonceBytes,
  type Page,
  type PageQuestion,
  pageStatement,
  purpose,
  type Question,
  type Signed,
  type SignedHead,
} from './format/catch-up.ts';
import type { Beginning } from './format/control.ts';
import { readPage } from './pages.ts';
import type { Standing } from './standing.ts';
import { isNewcomer, settleNewcomer } from './store/custodian-store.ts';

export interface CatchUpModules {
  readonly party: Party;
  readonly authority: Authority;
  readonly standing: Standing;
  readonly values: ControlStore;
}

const adoptingName = 'custodian/adopting';

export class CatchUp {
  readonly #party: Party;
  readonly #authority: Authority;
  readonly #standing: Standing;
  readonly #values: ControlStore;
  #nonce: Bytes | undefined;
  /** Subjects that changed up to this number were taken over. */
  #cursor = 0;

  constructor({ party, authority, standing, values }: CatchUpModules) {
    this.#values = values;
    this.#party = party;
    this.#authority = authority;
    this.#standing = standing;
  }

  async begin(): Promise<Beginning> {
    this.#standing.set('catching-up');
    const nonce = Uint8Array.from(this.#party.random.bytes(nonceBytes));
    const head = await this.#authority.head();
    this.#nonce = nonce;
    this.#cursor = head.sequence;
    return { nonce, head };
  }

  /** For another custodian. */
  async signHead(question: Question): Promise<{ readonly head: ControlHead; readonly signature: Bytes }> {
    this.#checkAsker(question);
    await this.#requireKnowing();
    const head = await this.#authority.head();
    return { head, signature: this.#party.identity.sign(purpose.head, headStatement(question, head)) };
  }

  /** For another custodian. */
  async signPage(question: PageQuestion): Promise<{ readonly page: Bytes; readonly signature: Bytes }> {
    this.#checkAsker(question);
    await this.#requireKnowing();
    const page = await readPage(this.#authority, question.since);
    return {
      page: encodePage(page),
      signature: this.#party.identity.sign(purpose.page, pageStatement(question, page)),
    };
  }

  /** @throws ThresholdAbort `refused` when too few signed it */
  async adopt(body: Bytes): Promise<void> {
    const question = this.#question();
    const adoption = decodeAdoption(body);
    const page = decodePage(adoption.page);
    const statement = pageStatement(question, page);
    const signers = this.#signers(adoption.signed, purpose.page, () => statement);
    if (signers.length <= this.#party.committee.threshold)
      throw new ThresholdAbort('refused', undefined, 'too few custodians signed what it should take over');
    this.#checkPlace(page);
    await this.#setAdopting(true);
    await this.#authority.adopt(page.subjects, page.isLast ? page.head : undefined);
    if (page.isLast) await this.#setAdopting(false);
    this.#cursor = page.isLast ? page.head.sequence : page.subjects.at(-1)!.sequence;
  }

  /** Before a control call is taken in. @throws ThresholdAbort `unavailable` between two pages */
  async requireWhole(): Promise<void> {
    const bytes = await this.#values.get(adoptingName);
    if (bytes === undefined) return;
    // A crash behind the last page: the head is that page's.
    const since = readMessage(bytes, undefined, (reader) => reader.u64('the head before'));
    if ((await this.#authority.head()).sequence > since) await this.#setAdopting(false);
    else throw new ThresholdAbort('unavailable', undefined, 'it is between two pages of what changed');
  }

  async #setAdopting(isAdopting: boolean): Promise<void> {
    const before = await this.#values.get(adoptingName);
    if ((before !== undefined) === isAdopting) return;
    const { sequence } = await this.#authority.head();
    const value = isAdopting ? new MessageWriter().u64(sequence).done() : undefined;
    await this.#values.put([[adoptingName, value]]);
  }

  /** @throws ThresholdAbort: `unavailable` when others may know more, `refused` when theirs is another history */
  async finish(body: Bytes): Promise<void> {
    const question = this.#question();
    await this.requireWhole();
    const signed = this.#signers(decodeHeads(body), purpose.head, ({ head }) =>
      headStatement(question, head),
    );
    const own = await this.#authority.head();
    const others = signed.filter(
      ({ head }) => head.sequence === own.sequence && !sameBytes(head.hash, own.hash),
    );
    const { committee } = this.#party;
    if (others.length > committee.threshold)
      throw new ThresholdAbort('refused', undefined, 'its control calls are not those of the others');
    const agreeing = signed.filter(
      ({ head }) =>
        head.sequence < own.sequence || (head.sequence === own.sequence && sameBytes(head.hash, own.hash)),
    );
    if (agreeing.length < committee.members.length - committee.threshold - 1)
      throw new ThresholdAbort('unavailable', undefined, 'others may know of more control calls');
    if (this.#nonce !== question.nonce)
      throw new ThresholdAbort('stale', undefined, 'it began anew to catch up');
    await settleNewcomer(this.#values);
    this.#nonce = undefined;
    this.#standing.set('ready');
  }

  #question(): Question {
    if (this.#nonce === undefined)
      throw new ThresholdAbort('stale', undefined, 'it has not begun to catch up');
    return { asker: this.#party.me, nonce: this.#nonce };
  }

  #checkAsker({ asker }: Question): void {
    if (asker === this.#party.me || this.#party.committee.members[asker - 1] === undefined)
      malformed(undefined, 'no other custodian asks');
  }

  async #requireKnowing(): Promise<void> {
    if (await isNewcomer(this.#values))
      throw new ThresholdAbort('unavailable', undefined, 'it is new, and has not caught up yet');
  }

  /** Other custodians whose signatures hold, each once. */
  #signers<One extends Signed | SignedHead>(
    all: readonly One[],
    of: string,
    statement: (one: One) => Bytes,
  ): One[] {
    const { me, identity } = this.#party;
    const seen = new Set<number>([me]);
    return all.filter((one) => {
      if (seen.has(one.custodian)) return false;
      seen.add(one.custodian);
      return identity.verify(one.custodian, of, statement(one), one.signature);
    });
  }

  /** It continues where this custodian is. */
  #checkPlace({ since, head, subjects, isLast }: Page): void {
    if (since !== this.#cursor) throw new ThresholdAbort('stale', undefined, 'a page of another place');
    let before = since;
    for (const { sequence } of subjects) {
      if (sequence <= since || sequence < before || sequence > head.sequence)
        malformed(undefined, 'a page that is not in order');
      before = sequence;
    }
    if (!isLast && subjects.length === 0) malformed(undefined, 'a page without an end');
  }
}
