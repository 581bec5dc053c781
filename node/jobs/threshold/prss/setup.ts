/**
 * The setup of pseudo-random sharing, at the coordinator: brings all custodians that answer to one set of keys, and makes it anew without
 * whom it found cheating.
 *
 * A complaint (a contribution did not open its commitment) is between two custodians, one of which lies, and sealed messages convince
 * nobody else. So in the next try neither contributes. What is left has ever fewer faulty contributors; who complains of
 * more than t others complains of an honest one, and is named.
 */
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { cheater, ThresholdAbort } from '../errors.ts';
import { failureOf } from '../gather.ts';
import { thresholdLimits } from '../limits.ts';
import type { Custodians } from '../party.ts';
import { handOver } from './hand-over.ts';
import { type PrssName, sameName } from './keys.ts';
import { prssLimits } from './limits.ts';
import {
  hashesStatement,
  readHashes,
  readName,
  readSealed,
  type SetupRequest,
  type SignedHashes,
  setupId,
  writeHashes,
  writeSealed,
  writeSetup,
} from './messages.ts';
import { commitPurpose, keysPurpose, setupSubject } from './setup-handlers.ts';
import { positionsWith } from './subsets.ts';

/** The keys that enough custodians have; made if there are none. @throws ThresholdAbort `unavailable` */
export async function ensurePrss(custodians: Custodians): Promise<PrssName> {
  const names = await namesOf(custodians);
  const agreed = agreedName(custodians, names);
  if (agreed === undefined) return setUp(custodians, names);
  await handOverTo(custodians, agreed, names);
  return agreed;
}

/**
 * Gives the keys that enough custodians have to those that lack them; makes none.
 * @returns undefined when there are none. @throws ThresholdAbort
 */
export async function repairPrss(custodians: Custodians): Promise<PrssName | undefined> {
  const names = await namesOf(custodians);
  const agreed = agreedName(custodians, names);
  if (agreed !== undefined) await handOverTo(custodians, agreed, names);
  return agreed;
}

/** New keys for all; what was made with the old ones stays usable where it is in memory. @throws ThresholdAbort `unavailable` */
export async function renewPrss(custodians: Custodians): Promise<PrssName> {
  return setUp(custodians, await namesOf(custodians));
}

type Names = ReadonlyMap<number, PrssName>;

/** Keys that n - t custodians have. */
function agreedName({ committee }: Custodians, names: Names): PrssName | undefined {
  const quorum = committee.members.length - committee.threshold;
  const all = [...names.values()];
  return all.find((name) => name.epoch > 0 && all.filter((other) => sameName(name, other)).length >= quorum);
}

async function handOverTo(custodians: Custodians, agreed: PrssName, names: Names): Promise<void> {
  const indices = [...names.keys()];
  const having = indices.filter((index) => sameName(names.get(index)!, agreed));
  const lacking = indices.filter((index) => names.get(index)!.epoch < agreed.epoch);
  await tolerant(handOver(custodians, agreed, having, lacking));
}

async function namesOf(custodians: Custodians): Promise<Map<number, PrssName>> {
  const replies = await askAll(custodians, custodians.available(), 'prss.status', () => new Uint8Array(0));
  return readAll(custodians, replies.answers, (reply, from) => readMessage(reply, from, readName));
}

async function setUp(custodians: Custodians, names: ReadonlyMap<number, PrssName>): Promise<PrssName> {
  const { committee } = custodians;
  const run = new SetupRun(custodians, nextEpoch(custodians, names));
  for (let tries = 0; tries < thresholdLimits.attemptsMax; tries += 1) {
    const made = await run.attempt();
    if (made === undefined) continue;
    const { name, keepers } = made;
    const others = committee.members
      .map(({ index }) => index)
      .filter((index) => !keepers.includes(index) && !run.cheaters.has(index));
    await tolerant(handOver(custodians, name, keepers, others));
    return name;
  }
  throw new ThresholdAbort('unavailable', undefined, 'the setup of pseudo-random sharing does not succeed');
}

/** After all that are believed; custodians refuse an epoch that is not after their own. */
function nextEpoch({ committee }: Custodians, names: ReadonlyMap<number, PrssName>): number {
  const epochs = [...names.values()].map(({ epoch }) => epoch).sort((left, right) => right - left);
  // One of t + 1 claims is an honest one.
  const honest = epochs[committee.threshold] ?? 0;
  return Math.max(...epochs.filter((epoch) => epoch <= honest + prssLimits.epochLeadMax), 0) + 1;
}

class SetupRun {
  readonly cheaters = new Set<number>();
  readonly #custodians: Custodians;
  readonly #epoch: number;
  /** Those that failed in this run. */
  readonly #failed = new Set<number>();
  /** Who complained of whom. */
  readonly #complaints = new Map<number, Set<number>>();
  readonly #disputed = new Set<number>();

  constructor(custodians: Custodians, epoch: number) {
    this.#custodians = custodians;
    this.#epoch = epoch;
  }

  /** @returns who keeps which keys; undefined when it has to be tried again without somebody */
  async attempt(): Promise<{ name: PrssName; keepers: number[] } | undefined> {
    const custodians = this.#custodians;
    const { members, threshold } = custodians.committee;
    const request: SetupRequest = {
      epoch: this.#epoch,
      session: Uint8Array.from(custodians.random.bytes(prssLimits.labelBytes)),
    };
    const body = setupSubject(request);
    const committed = await this.#ask(
      this.#candidates(),
      'prss.setup.commit',
      () => body,
      (reply, from) => this.#statement(reply, from, commitPurpose, body),
    );
    const present = [...committed.keys()].sort((left, right) => left - right);
    if (present.length < members.length - threshold)
      throw new ThresholdAbort('unavailable', undefined, 'too few custodians for the setup');
    const contributors = present.filter((index) => !this.#disputed.has(index));
    if (contributors.length <= threshold)
      throw new ThresholdAbort('unavailable', undefined, 'too few contributors are left');
    const commitments = contributors.map((index) => committed.get(index)!);
    const id = setupId(request, commitments);

    const parts = await this.#ask(
      contributors,
      'prss.setup.contribute',
      () => withStatements(writeSetup(new MessageWriter(), request), commitments).done(),
      (reply, from) => readMessage(reply, from, readParts),
    );
    if (parts.size < contributors.length) return undefined;

    const statements = await this.#ask(
      present,
      'prss.setup.combine',
      (to) => {
        const writer = withStatements(writeSetup(new MessageWriter(), request), commitments);
        const mine = contributors
          .filter((from) => from !== to)
          .map((from) => ({ peer: from, sealed: parts.get(from)!.get(to) ?? new Uint8Array(0) }));
        return writer.list(mine, (part) => writeSealed(writer, part)).done();
      },
      (reply, from) => this.#combined(reply, from, id, contributors),
    );
    if (statements.size < present.length) return undefined;
    const all = present.map((index) => statements.get(index)!);
    if (!this.#agree(all)) return undefined;

    const finish = withStatements(new MessageWriter().bytes(id), all).done();
    const finished = await this.#ask(
      present,
      'prss.setup.finish',
      () => finish,
      () => true,
    );
    const keepers = [...finished.keys()].sort((left, right) => left - right);
    return keepers.length < members.length - threshold
      ? undefined
      : { name: { epoch: this.#epoch, id }, keepers };
  }

  #candidates(): number[] {
    return this.#custodians.available().filter((index) => !this.#failed.has(index));
  }

  async #ask<Answer>(
    indices: readonly number[],
    kind: string,
    bodyFor: (index: number) => Bytes,
    read: (reply: Bytes, from: number) => Answer,
  ): Promise<Map<number, Answer>> {
    const { answers, failures } = await askAll(this.#custodians, indices, kind, bodyFor);
    for (const index of failures.keys()) this.#failed.add(index);
    return readAll(this.#custodians, answers, read, (index, failure) => {
      this.#failed.add(index);
      if (failure.reason === 'cheater') this.cheaters.add(index);
    });
  }

  #statement(reply: Bytes, from: number, purpose: string, subject: Bytes): SignedHashes {
    const statement = readMessage(reply, from, readHashes);
    const sets = positionsWith(this.#custodians.committee, from).length;
    const text = hashesStatement(subject, from, statement.hashes);
    if (statement.from !== from || statement.hashes.length !== sets)
      cheater(from, 'a statement about other sets');
    if (!this.#custodians.verify(from, purpose, text, statement.signature))
      cheater(from, 'a statement that it did not sign');
    return statement;
  }

  /** Its statement of keys, or a complaint. */
  #combined(reply: Bytes, from: number, id: Bytes, contributors: readonly number[]): SignedHashes {
    if (reply[0] === 0) return this.#statement(reply.subarray(1), from, keysPurpose, id);
    const of = readMessage(reply, from, (reader) => {
      reader.u8('a complaint');
      return reader.u16('a custodian');
    });
    if (of === from || !contributors.includes(of)) cheater(from, 'a complaint of one that gave it nothing');
    const complaints = this.#complaints.get(from) ?? new Set();
    this.#complaints.set(from, complaints.add(of));
    if (complaints.size > this.#custodians.committee.threshold)
      cheater(from, 'complaints of more custodians than are faulty');
    for (const one of [from, of]) this.#disputed.add(one);
    return complained;
  }

  /** Whether all members of each set have the same key; names those that say otherwise than t + 1 others. */
  #agree(all: readonly SignedHashes[]): boolean {
    if (all.includes(complained)) return false;
    const { committee } = this.#custodians;
    let agreed = true;
    const votes = new Map<string, Set<number>>();
    for (const { from, hashes } of all) {
      for (const [at, position] of positionsWith(committee, from).entries()) {
        const vote = `${position}/${Buffer.from(hashes[at]!).toString('hex')}`;
        votes.set(vote, (votes.get(vote) ?? new Set()).add(from));
      }
    }
    for (const [vote, members] of votes) {
      const set = vote.slice(0, vote.indexOf('/') + 1);
      for (const [other, others] of votes) {
        if (other === vote || !other.startsWith(set)) continue;
        agreed = false;
        if (others.size <= committee.threshold) continue;
        for (const index of members) {
          this.#failed.add(index);
          this.cheaters.add(index);
          this.#custodians.accuse(index, 'it signed a hash of another key than the set has');
        }
      }
    }
    return agreed;
  }
}

/** Stands where a statement would. */
const complained: SignedHashes = { from: 0, hashes: [], signature: new Uint8Array(0) };

function withStatements(writer: MessageWriter, statements: readonly SignedHashes[]): MessageWriter {
  return writer.list(statements, (one) => writeHashes(writer, one));
}

function readParts(reader: MessageReader): Map<number, Bytes> {
  return new Map(readSealed(reader).map(({ peer, sealed }) => [peer, sealed]));
}

async function askAll(
  custodians: Custodians,
  indices: readonly number[],
  kind: string,
  bodyFor: (index: number) => Bytes,
): Promise<{ answers: Map<number, Bytes>; failures: Map<number, ThresholdAbort> }> {
  const answers = new Map<number, Bytes>();
  const failures = new Map<number, ThresholdAbort>();
  await Promise.all(
    indices.map(async (index) => {
      try {
        answers.set(index, await custodians.ask(index, kind, bodyFor(index)));
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        failures.set(index, error);
      }
    }),
  );
  return { answers, failures };
}

/** In the order of indices; those whose answer does not read are left out. */
function readAll<Answer>(
  custodians: Custodians,
  answers: ReadonlyMap<number, Bytes>,
  read: (reply: Bytes, from: number) => Answer,
  failed?: (index: number, failure: ThresholdAbort) => void,
): Map<number, Answer> {
  const values = new Map<number, Answer>();
  for (const [index, reply] of [...answers].sort(([left], [right]) => left - right)) {
    try {
      values.set(index, read(reply, index));
    } catch (error) {
      failed?.(index, failureOf(error, index, custodians));
    }
  }
  return values;
}

/** What custodians lack can be given to them with the next setup or `ensurePrss`. */
async function tolerant(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ThresholdAbort)) throw error;
  }
}
