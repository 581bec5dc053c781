/** What custodians say when they refresh shares: dealings of zero, and the key that they make of an old one. */
import { createHash } from 'node:crypto';
import { type MessageReader, MessageWriter } from '../codec.ts';
import type { Committee } from '../committee.ts';
import { type Dealing, orUndefined, readDealing, writeDealing } from '../dkg/dealing.ts';
import type { Dealt } from '../dkg/dispute.ts';
import { fieldGroup } from '../dkg/field-group.ts';
import { checkGeneration, readKey, writeKey } from '../dkg/key-statement.ts';
import { keyLifeLimits as limits } from '../dkg/limits.ts';
import { checkDealers } from '../dkg/openings.ts';
import { malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { encodeFieldKey, fieldKeyOf } from '../sharing/field-key.ts';

export interface Refresh {
  /** Chosen by the coordinator, 16 bytes. */
  readonly session: Uint8Array;
  /** What is refreshed. */
  readonly base: KeyCommon;
  /** Of the shares to be; above that of the base. */
  readonly generation: number;
}

export function writeRefresh(writer: MessageWriter, { session, base, generation }: Refresh): void {
  writeKey(writer.bytes(session), base);
  writer.u64(generation);
}

export function readRefresh(reader: MessageReader): Refresh {
  const session = reader.bytes(limits.sessionBytes, 'the session');
  const base = readKey(reader);
  const generation = reader.u64('the generation');
  checkGeneration(base.generation, generation);
  return { session, base, generation };
}

export function refreshContext({ epoch }: Committee, refresh: Refresh): Uint8Array {
  const writer = new MessageWriter().u64(epoch);
  writeRefresh(writer, refresh);
  return createHash('sha256').update('hypergate/refresh/v1\0').update(writer.done()).digest();
}

/** t commitments: that to the constant would be the identity. */
export function readZeroDealing(reader: MessageReader, group: Group, committee: Committee): Dealing {
  const { threshold, members } = committee;
  return readDealing(reader, group, { commitments: threshold, receivers: members.length });
}

/** From at least t + 1 dealers, so that one is honest, ascending. */
export function readZeroDealings(reader: MessageReader, group: Group, committee: Committee): Dealing[] {
  const dealings = reader.list(thresholdLimits.custodiansMax, 'dealings', () =>
    readZeroDealing(reader, group, committee),
  );
  checkDealers(
    dealings.map(({ dealer }) => dealer),
    committee.threshold + 1,
    committee,
  );
  return dealings;
}

export function writeZeroDealings(writer: MessageWriter, dealings: readonly Dealing[]): void {
  writer.list(dealings, (dealing) => writeDealing(writer, dealing));
}

export function zeroDealt(group: Group, context: Uint8Array, dealings: readonly Dealing[]): Dealt {
  return {
    group,
    context,
    dealings,
    expected: ({ commitments }, receiver) =>
      orUndefined(() => group.combine(zeroTerms(commitments, receiver))),
  };
}

/** The key with its new shares. @throws ThresholdAbort `malformed` */
export function refreshedKey({ base, generation }: Refresh, dealings: readonly Dealing[]): KeyCommon {
  const group = fieldGroup(base.scheme);
  const { publicKey, verificationKeys } = fieldKeyOf(base);
  const polynomials = dealings.map(({ commitments }) => commitments);
  const common = orUndefined(() => {
    const sum = polynomials[0]!.map((_, power) =>
      group.combine(polynomials.map((commitments) => ({ element: commitments[power]!, factor: 1n }))),
    );
    return encodeFieldKey({
      publicKey,
      verificationKeys: verificationKeys.map((element, at) =>
        group.combine([{ element, factor: 1n }, ...zeroTerms(sum, at + 1)]),
      ),
    });
  });
  if (common === undefined) malformed(undefined, 'the sum of all dealings is none of a key');
  return { handle: base.handle, scheme: base.scheme, generation, common };
}

function zeroTerms(commitments: readonly Uint8Array[], at: number) {
  return commitments.map((element, power) => ({ element, factor: BigInt(at) ** BigInt(power + 1) }));
}
