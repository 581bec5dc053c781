/** `Custodians` over channels: what protocols' coordinator functions see. */
import type { Bytes } from '../../../api/index.ts';
import type { RandomSource } from '../../../crypto/random.ts';
import type { Committee } from '../committee.ts';
import type { Request } from '../custodian/format/envelope.ts';
import { encodeKeyTask } from '../custodian/format/key-task.ts';
import { ThresholdAbort } from '../errors.ts';
import type { StatementVerifier } from '../identity.ts';
import type { AskOptions, AuthorisedTask, Custodians } from '../party.ts';
import type { Accusations } from './accusations.ts';
import { coordinatorLimits } from './limits.ts';
import type { LinkCall, MemberLink } from './member-link.ts';
import type { Members } from './members.ts';
import type { PostOffice } from './post-office.ts';

export interface ConnectedModules {
  readonly committee: Committee;
  readonly random: RandomSource;
  readonly links: ReadonlyMap<number, MemberLink>;
  readonly members: Members;
  readonly accusations: Accusations;
  readonly post: PostOffice;
  readonly statements: StatementVerifier;
  readonly encodeEvidence: (evidence: AuthorisedTask['evidence']) => Bytes;
  /** Patience for a kind of request, in milliseconds. */
  readonly timeoutMs: (kind: string) => number | undefined;
  readonly accused: (custodian: number, why: string) => void;
  /** It was asked to use a key, and has no share of it, or one of another generation. */
  readonly lacksShare: (custodian: number, handle: Bytes) => void;
}

export class ConnectedCustodians implements Custodians {
  readonly committee: Committee;
  readonly random: RandomSource;
  readonly #modules: ConnectedModules;
  /** One call is put to several custodians, in several rounds. */
  readonly #encoded = new WeakMap<AuthorisedTask, NonNullable<Request['authorised']>>();

  constructor(modules: ConnectedModules) {
    this.committee = modules.committee;
    this.random = modules.random;
    this.#modules = modules;
  }

  available(): readonly number[] {
    return this.#modules.members.ready();
  }

  async ask(custodian: number, kind: string, body: Bytes, options: AskOptions = {}): Promise<Bytes> {
    const { links, accusations, members } = this.#modules;
    const link = links.get(custodian);
    if (link === undefined) throw new RangeError('no such custodian');
    if (accusations.why(custodian) !== undefined)
      throw new ThresholdAbort('unavailable', custodian, 'it was caught cheating');
    const { authorised, signal } = options;
    const call: LinkCall = {
      timeoutMs: this.#modules.timeoutMs(kind) ?? coordinatorLimits.askMs,
      ...(authorised === undefined ? {} : { authorised: this.#encode(authorised) }),
      ...(signal === undefined ? {} : { signal }),
    };
    const from = performance.now();
    try {
      return await link.call(kind, body, call);
    } catch (error) {
      if (authorised !== undefined && isLacking(authorised, error))
        this.#modules.lacksShare(custodian, authorised.task.handle);
      throw error;
    } finally {
      members.noteAnswer(custodian, performance.now() - from);
    }
  }

  deliver(custodian: number, kind: string, body: Bytes): Promise<void> {
    return this.#modules.post.deliver(custodian, kind, body, () => this.ask(custodian, kind, body));
  }

  accuse(custodian: number, why: string): void {
    if (this.#modules.accusations.add(custodian, why)) {
      this.#modules.accused(custodian, why);
      this.#modules.members.changed();
    }
  }

  verify(from: number, purpose: string, message: Uint8Array, signature: Uint8Array): boolean {
    return this.#modules.statements.verify(from, purpose, message, signature);
  }

  #encode(authorised: AuthorisedTask): NonNullable<Request['authorised']> {
    const known = this.#encoded.get(authorised);
    if (known !== undefined) return known;
    const encoded = {
      task: encodeKeyTask(authorised.task),
      evidence: this.#modules.encodeEvidence(authorised.evidence),
    };
    this.#encoded.set(authorised, encoded);
    return encoded;
  }
}

function isLacking({ task }: AuthorisedTask, error: unknown): boolean {
  const isUse = task.kind !== 'create' && task.kind !== 'import' && task.kind !== 'erase';
  return (
    isUse && error instanceof ThresholdAbort && (error.reason === 'unknown-key' || error.reason === 'stale')
  );
}
