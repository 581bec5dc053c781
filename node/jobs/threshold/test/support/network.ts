/** Custodians and a coordinator in one process, over handlers as they are: for tests of protocols, where messages can be changed on their way. */
import type { Bytes, KeyTask } from '../../../../api/index.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import type { Committee } from '../../committee.ts';
import { ThresholdAbort } from '../../errors.ts';
import { memberOf, openIdentity, StatementVerifier } from '../../identity.ts';
import type { Links } from '../../mac/links.ts';
import { OpenRounds } from '../../open-rounds.ts';
import type {
  AskOptions,
  AuthorisedTask,
  Custodians,
  Handler,
  KeyShare,
  KeyShares,
  ListedShare,
  Party,
} from '../../party.ts';

export interface Network {
  readonly custodians: Custodians;
  readonly parties: readonly Party[];
  /** Does not answer until it is back. */
  readonly down: Set<number>;
  readonly accused: Map<number, string>;
  /** Changes what a custodian is asked or answers; throws or never resolves as it likes. */
  tamper:
    | ((custodian: number, kind: string, reply: Bytes, body: Bytes) => Bytes | Promise<Bytes>)
    | undefined;
  /** What waits for custodians that were down. */
  readonly mail: { readonly custodian: number; readonly kind: string; readonly body: Bytes }[];
  /** Delivers what waits for those that are back. */
  deliverMail(): Promise<void>;
  /** Messages so far, by kind. */
  readonly asked: Map<string, number>;
}

export class MemoryShares implements KeyShares {
  readonly all = new Map<string, KeyShare>();
  async get(handle: Bytes): Promise<KeyShare | undefined> {
    return this.all.get(Buffer.from(handle).toString('hex'));
  }
  async put(share: KeyShare): Promise<void> {
    this.all.set(Buffer.from(share.handle).toString('hex'), share);
  }
  async remove(handle: Bytes): Promise<void> {
    this.all.delete(Buffer.from(handle).toString('hex'));
  }
  async list(after: Bytes | undefined, max: number): Promise<readonly ListedShare[]> {
    const from = after === undefined ? '' : Buffer.from(after).toString('hex');
    const names = [...this.all.keys()].sort().filter((name) => name > from);
    return names.slice(0, max).map((name) => this.all.get(name)!);
  }
}

/** A task as if evidence for it had been checked. */
export function authorised(task: KeyTask): AuthorisedTask {
  return { task, evidence: undefined as unknown as AuthorisedTask['evidence'] };
}

/** @param linksOf ways between custodians, for protocols that compute over them */
export function createNetwork(
  handlers: readonly Handler[],
  n = 4,
  t = 1,
  linksOf?: (custodian: number, signingSeed: Uint8Array) => Links,
): Network {
  const random = createPooledRandom();
  const seeds = Array.from({ length: n }, () => ({
    signing: random.bytes(32),
    sealing: random.bytes(32),
  }));
  const committee: Committee = {
    epoch: 0,
    threshold: t,
    members: seeds.map((one, at) => memberOf(at + 1, one)),
  };
  const statements = new StatementVerifier(committee);
  const parties: Party[] = committee.members.map(({ index }) => ({
    me: index,
    committee,
    identity: openIdentity(index, seeds[index - 1]!, committee, random),
    random,
    keys: new MemoryShares(),
    rounds: new OpenRounds(() => performance.now()),
    ...(linksOf === undefined ? {} : { links: linksOf(index, seeds[index - 1]!.signing) }),
  }));
  const byKind = new Map(handlers.map((handler) => [handler.kind, handler]));
  const down = new Set<number>();
  const accused = new Map<number, string>();
  const mail: { custodian: number; kind: string; body: Bytes }[] = [];
  const asked = new Map<string, number>();
  const custodians: Custodians = {
    committee,
    random,
    available: () => parties.map(({ me }) => me).filter((me) => !accused.has(me)),
    accuse: (custodian, why) => void accused.set(custodian, why),
    verify: (...statement) => statements.verify(...statement),
    async deliver(custodian, kind, body) {
      if (down.has(custodian)) mail.push({ custodian, kind, body: Uint8Array.from(body) });
      else await custodians.ask(custodian, kind, body);
    },
    async ask(custodian, kind, body, options: AskOptions = {}) {
      asked.set(kind, (asked.get(kind) ?? 0) + 1);
      if (down.has(custodian)) throw new ThresholdAbort('unavailable', custodian, 'it does not answer');
      const handler = byKind.get(kind);
      if (handler === undefined) throw new Error(`no handler ${kind}`);
      if (body.length > handler.bodyBytesMax) throw new ThresholdAbort('malformed', custodian, 'too long');
      const task = options.authorised?.task;
      if (handler.access === 'task' && task === undefined) throw new Error(`${kind} needs a task`);
      let reply: Bytes;
      try {
        reply = await handler.handle(parties[custodian - 1]!, {
          body: Uint8Array.from(body),
          ...(task === undefined ? {} : { task }),
        });
      } catch (error) {
        // Whom a custodian names is hearsay: the coordinator hears it as a refusal of that custodian unless it names nobody else.
        if (error instanceof ThresholdAbort && error.custodian === undefined)
          throw new ThresholdAbort(error.reason, custodian, error.message, { cause: error });
        throw error;
      }
      return (await network.tamper?.(custodian, kind, Uint8Array.from(reply), body)) ?? reply;
    },
  };
  const network: Network = {
    custodians,
    parties,
    down,
    accused,
    tamper: undefined,
    asked,
    mail,
    async deliverMail() {
      for (const letter of mail.splice(0))
        await custodians.deliver(letter.custodian, letter.kind, letter.body);
    },
  };
  return network;
}
