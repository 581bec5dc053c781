/** Messages that have to reach a custodian, now or when it is back: in order, from the mailbox, before it is ready. */
import type { Bytes } from '../../../api/index.ts';
import { controlKinds, encodeLetter } from '../custodian/format/control.ts';
import { ThresholdAbort } from '../errors.ts';
import { hasReason } from './errors.ts';
import { coordinatorLimits } from './limits.ts';
import type { Mailbox } from './mailbox.ts';
import type { MemberLink } from './member-link.ts';
import type { Members } from './members.ts';

export interface PostModules {
  readonly mailbox: Mailbox;
  readonly links: ReadonlyMap<number, MemberLink>;
  readonly members: Members;
  /** A letter that its custodian does not take. */
  readonly report: (what: string) => void;
}

export class PostOffice {
  readonly #modules: PostModules;
  readonly #draining = new Map<number, Promise<void>>();
  /** By custodian: the letter that it failed at, and how often. */
  readonly #failed = new Map<number, { readonly number: number; times: number }>();

  constructor(modules: PostModules) {
    this.#modules = modules;
  }

  waiting(custodian: number): number {
    return this.#modules.mailbox.count(custodian);
  }

  /** @param ask without the mailbox @throws ThresholdAbort when too much waits */
  async deliver(custodian: number, kind: string, body: Bytes, ask: () => Promise<Bytes>): Promise<void> {
    const { mailbox, members } = this.#modules;
    if (members.ready().includes(custodian) && mailbox.count(custodian) === 0) {
      try {
        await ask();
        return;
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        if (error.reason !== 'unavailable') {
          this.#modules.report(`custodian ${custodian} does not take ${kind}: ${error.message}`);
          return;
        }
      }
    }
    await mailbox.put(custodian, kind, body);
    if (members.state(custodian) === 'ready') this.drain(custodian).catch(ignoreAbort);
  }

  /** Delivers what waits. @throws ThresholdAbort when the custodian does not answer */
  drain(custodian: number): Promise<void> {
    const draining =
      this.#draining.get(custodian) ?? this.#drain(custodian).finally(() => this.#draining.delete(custodian));
    this.#draining.set(custodian, draining);
    return draining;
  }

  async #drain(custodian: number): Promise<void> {
    const { mailbox, links, report } = this.#modules;
    const link = links.get(custodian)!;
    for (;;) {
      const letter = await mailbox.first(custodian);
      if (letter === undefined) return;
      try {
        await link.call(controlKinds.mail, encodeLetter(letter), {
          timeoutMs: coordinatorLimits.catchUpMs,
        });
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        const isLater = error.reason === 'unavailable' && !hasReason(error, 'cheater');
        if (isLater && !this.#isHopeless(custodian, letter.number, link)) throw error;
        report(`custodian ${custodian} does not take ${letter.kind}: ${error.message}`);
      }
      await mailbox.remove(custodian, letter.number);
    }
  }

  /** It answers, and fails at the same letter again and again. */
  #isHopeless(custodian: number, number: number, link: MemberLink): boolean {
    if (!link.isConnected) return false;
    const before = this.#failed.get(custodian);
    const times = before?.number === number ? before.times + 1 : 1;
    this.#failed.set(custodian, { number, times });
    return times >= coordinatorLimits.letterAttemptsMax;
  }
}

function ignoreAbort(error: unknown): void {
  // The letter stays where it is, until the custodian is back.
  if (!(error instanceof ThresholdAbort)) throw error;
}
