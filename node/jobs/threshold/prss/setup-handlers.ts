/**
 * How custodians make the keys of their sets together, at a custodian. Each contributor commits to 32 random bytes for each of its sets;
 * when all commitments are known it seals them to the other members; the key of a set is the hash of what its contributors put
 * in. Contributors are at least t + 1, so the set without faulty members has one, and nobody faulty sees what that one put in.
 *
 * A contribution that does not open its commitment is complained of. Members sign a hash of each key they made, and keep
 * keys only when all that took part made the same; nobody can make members of a set keep different ones.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Handler, Party } from '../party.ts';
import { type PrssKeySet, prssKeysOf } from './keys.ts';
import { prssLimits } from './limits.ts';
import {
  hashesStatement,
  readManyHashes,
  readSealed,
  readSetup,
  type SetupRequest,
  type SignedHashes,
  setupId,
  writeHashes,
  writeSealed,
  writeSetup,
} from './messages.ts';
import { positionsWith } from './subsets.ts';

export const commitPurpose = 'prss.commitments';
export const keysPurpose = 'prss.keys';
const contributionPurpose = 'prss.contribution';

interface Contribution {
  readonly request: SetupRequest;
  readonly values: readonly Bytes[];
  readonly commitments: readonly Bytes[];
}

const commit: Handler = {
  kind: 'prss.setup.commit',
  access: 'free',
  bodyBytesMax: 1024,
  async handle(party, { body }) {
    const request = readMessage(body, undefined, readSetup);
    await refuseOutdated(party, request.epoch);
    const values = positionsWith(party.committee, party.me).map(() =>
      Uint8Array.from(party.random.bytes(prssLimits.keyBytes)),
    );
    const commitments = values.map((value, at) => commitmentTo(request, party.me, at, value));
    const contribution: Contribution = { request, values, commitments };
    openRound(party, `prss.contribute/${nameOf(request.session)}`, contribution);
    return signed(party, commitPurpose, setupSubject(request), commitments);
  },
};

const contribute: Handler = {
  kind: 'prss.setup.contribute',
  access: 'free',
  bodyBytesMax: prssLimits.messageBytesMax,
  async handle(party, { body }) {
    const { me, committee, identity } = party;
    const { request, commitments } = readMessage(body, undefined, (reader) => ({
      request: readSetup(reader),
      commitments: readManyHashes(reader),
    }));
    const round = `prss.contribute/${nameOf(request.session)}`;
    const mine = party.rounds.take(round) as Contribution | undefined;
    if (mine === undefined) throw new ThresholdAbort('stale', undefined, 'no such setup');
    checkCommitments(party, request, commitments);
    const stated = commitments.find(({ from }) => from === me)?.hashes;
    if (mine.request.epoch !== request.epoch || stated === undefined || !sameHashes(stated, mine.commitments))
      malformed(undefined, 'other commitments than this custodian made');
    const id = setupId(request, commitments);
    openRound(party, `prss.combine/${nameOf(id)}`, mine);
    const positions = positionsWith(committee, me);
    const parts = committee.members
      .filter(({ index }) => index !== me)
      .map(({ index }) => {
        const common = positionsWith(committee, me, index).map((at) => mine.values[positions.indexOf(at)]!);
        return { peer: index, sealed: identity.seal(index, contributionPurpose, id, Buffer.concat(common)) };
      });
    const writer = new MessageWriter();
    return writer.list(parts, (part) => writeSealed(writer, part)).done();
  },
};

const combine: Handler = {
  kind: 'prss.setup.combine',
  access: 'free',
  bodyBytesMax: prssLimits.messageBytesMax,
  async handle(party, { body }) {
    const { me, committee, identity } = party;
    const { request, commitments, parts } = readMessage(body, undefined, (reader) => ({
      request: readSetup(reader),
      commitments: readManyHashes(reader),
      parts: readSealed(reader),
    }));
    await refuseOutdated(party, request.epoch);
    checkCommitments(party, request, commitments);
    const id = setupId(request, commitments);
    const mine = party.rounds.take(`prss.combine/${nameOf(id)}`) as Contribution | undefined;
    const positions = positionsWith(committee, me);
    const inputs = positions.map((): Bytes[] => []);
    for (const { from, hashes } of commitments) {
      const common = positionsWith(committee, me, from);
      let values: readonly Bytes[] | undefined;
      if (from === me) values = mine?.values;
      else {
        const part = parts.find(({ peer }) => peer === from);
        if (part === undefined) malformed(undefined, 'a part is missing');
        const theirs = positionsWith(committee, from);
        const opens = (value: Bytes, at: number) => {
          const set = theirs.indexOf(common[at]!);
          return Buffer.compare(commitmentTo(request, from, set, value), hashes[set]!) === 0;
        };
        const opened = openValues(() => identity.open(from, contributionPurpose, id, part.sealed));
        if (opened?.length !== common.length || !opened.every(opens))
          return new MessageWriter().u8(1).u16(from).done();
        values = opened;
      }
      if (values === undefined) throw new ThresholdAbort('stale', undefined, 'no such setup');
      for (const [at, position] of common.entries()) inputs[positions.indexOf(position)]!.push(values[at]!);
    }
    const keys = inputs.map((values, at) => {
      const hash = createHash('sha256').update('hypergate/prss/key/v1\0').update(id);
      hash.update(Uint8Array.of(positions[at]!));
      for (const value of values) hash.update(value);
      return Uint8Array.from(hash.digest());
    });
    const set: PrssKeySet = { epoch: request.epoch, id, keys };
    openRound(party, `prss.finish/${nameOf(id)}`, set);
    const statement = signed(party, keysPurpose, id, keyHashes(party, set));
    return new MessageWriter().u8(0).bytes(statement).done();
  },
};

const finish: Handler = {
  kind: 'prss.setup.finish',
  access: 'free',
  bodyBytesMax: prssLimits.messageBytesMax,
  async handle(party, { body }) {
    const { committee, me } = party;
    const { id, statements } = readMessage(body, undefined, (reader) => ({
      id: reader.bytes(prssLimits.labelBytes, 'the name of the keys'),
      statements: readManyHashes(reader),
    }));
    const set = party.rounds.take(`prss.finish/${nameOf(id)}`) as PrssKeySet | undefined;
    if (set === undefined) throw new ThresholdAbort('stale', undefined, 'no such setup');
    checkStatements(party, keysPurpose, id, statements);
    if (statements.length < committee.members.length - committee.threshold)
      malformed(undefined, 'statements of too few custodians');
    const own = keyHashes(party, set);
    const positions = positionsWith(committee, me);
    for (const { from, hashes } of statements) {
      const theirs = positionsWith(committee, from);
      for (const position of positionsWith(committee, me, from)) {
        const same = Buffer.compare(hashes[theirs.indexOf(position)]!, own[positions.indexOf(position)]!);
        if (same !== 0) malformed(undefined, 'members of a set have different keys');
      }
    }
    await refuseOutdated(party, set.epoch);
    await prssKeysOf(party).put(set);
    return new Uint8Array(0);
  },
};

export const setupHandlers: readonly Handler[] = [commit, contribute, combine, finish];

/** One for each of its sets: may be known to anybody, the keys being random. */
export function keyHashes({ committee, me }: Party, { id, keys }: PrssKeySet): Bytes[] {
  const positions = positionsWith(committee, me);
  return keys.map((key, at) => keyHash(id, positions[at]!, key));
}

export function keyHash(id: Bytes, position: number, key: Bytes): Bytes {
  const hash = createHash('sha256').update('hypergate/prss/check/v1\0').update(id);
  return hash.update(Uint8Array.of(position)).update(key).digest();
}

/** Subject of the statements of commitments. */
export function setupSubject(request: SetupRequest): Bytes {
  return writeSetup(new MessageWriter(), request).done();
}

/** Signatures, order and lengths of statements from others. @throws ThresholdAbort `malformed` */
export function checkStatements(
  { committee, identity }: Pick<Party, 'committee' | 'identity'>,
  purpose: string,
  subject: Bytes,
  statements: readonly SignedHashes[],
): void {
  let last = 0;
  for (const { from, hashes, signature } of statements) {
    if (from <= last || from > committee.members.length) malformed(undefined, 'order of statements');
    last = from;
    if (hashes.length !== positionsWith(committee, from).length)
      malformed(undefined, 'length of a statement');
    if (!identity.verify(from, purpose, hashesStatement(subject, from, hashes), signature))
      malformed(undefined, 'signature of a statement');
  }
}

/** @throws ThresholdAbort `stale`: an epoch is made once, and none after a later one */
export async function refuseOutdated(party: Party, epoch: number): Promise<void> {
  const kept = await prssKeysOf(party).get();
  if (kept !== undefined && epoch <= kept.epoch)
    throw new ThresholdAbort('stale', undefined, 'an epoch that is over');
}

/** Cuts what somebody sealed into values; undefined when it does not open. */
export function openValues(open: () => Uint8Array): Bytes[] | undefined {
  try {
    const plain = open();
    if (plain.length % prssLimits.keyBytes !== 0) return undefined;
    return Array.from({ length: plain.length / prssLimits.keyBytes }, (_, at) =>
      Uint8Array.from(plain.subarray(at * prssLimits.keyBytes, (at + 1) * prssLimits.keyBytes)),
    );
  } catch (error) {
    if (error instanceof ThresholdAbort) return undefined;
    throw error;
  }
}

function checkCommitments(party: Party, request: SetupRequest, commitments: readonly SignedHashes[]): void {
  checkStatements(party, commitPurpose, setupSubject(request), commitments);
  if (commitments.length <= party.committee.threshold) malformed(undefined, 'too few contributors');
}

function commitmentTo({ epoch, session }: SetupRequest, from: number, set: number, value: Bytes): Bytes {
  const head = new MessageWriter().text('hypergate/prss/commitment/v1\0');
  head.u32(epoch).bytes(session).u16(from).u16(set);
  return createHash('sha256').update(head.done()).update(value).digest();
}

function signed({ identity, me }: Party, purpose: string, subject: Bytes, hashes: readonly Bytes[]): Bytes {
  const signature = identity.sign(purpose, hashesStatement(subject, me, hashes));
  const writer = new MessageWriter();
  writeHashes(writer, { from: me, hashes, signature });
  return writer.done();
}

function openRound(party: Party, name: string, value: unknown): void {
  try {
    party.rounds.open(name, value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ThresholdAbort('stale', undefined, 'this setup has begun', { cause: error });
  }
}

function sameHashes(left: readonly Bytes[], right: readonly Bytes[]): boolean {
  return left.length === right.length && left.every((hash, at) => Buffer.compare(hash, right[at]!) === 0);
}

function nameOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}
