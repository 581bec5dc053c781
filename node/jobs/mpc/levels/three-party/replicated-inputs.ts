/**
 * Replicated committed inputs: a secret that three custodians keep between the computations, such as an HMAC key, and that no
 * single one of them knows or can change.
 *
 * Form. secret = s0 ^ s1 ^ s2. Custodian i has all shares but s_i; any two of them have all three. Everybody knows three commitments:
 * c_i = SHA-256(name, key id, i, length, 32 random bytes, s_i). In a circuit the secret is three inputs of the same name, each
 * of the two holders of a share (`a+b`, see circuit/holders.ts), and their XOR, which costs nothing. Both holders give the
 * share in `ProtocolRun.inputs`.
 *
 * Statement. If at most one custodian is corrupt and the others have checked what they keep (`checkReplicated`), then a run of the
 * three-party level that gives an honest party an output has used, for every i, the s_i to which c_i binds. The corrupt
 * party learns nothing about the share it does not have but what the output tells.
 *
 * Proof sketch. Every share has two holders, so at least one is honest, and no two honest ones disagree, as both opened c_i and
 * SHA-256 is binding. Let b be a bit of s_i, W the wire for it, and P1, P2, P3 first garbler, second garbler, evaluator.
 *  - P1 and P2 hold it. The label of b is part of the garbling's front, which P3 takes only if both give the same: the label is that
 *    of the honest garbler. (P3 corrupt: it is given one label of W and has no other, by authenticity of the garbling.)
 *  - A garbler G and P3 hold it, G corrupt. Commitments and permutation bit of W are in the front, hence those of the honest garbler,
 *    and correct. Opening the other position shows P3 the other bit than its own; another label at the right position breaks
 *    the binding of the commitment. Either ends the run, whatever the inputs of others are.
 *  - The same, P3 corrupt. G is honest and opens the label of b; P3 has no say. The permutation bit of W tells P3 what that
 *    label means, which is b, and that it knows: the simulator of the base protocol gives it a label and permutation bit of
 *    its own choice for b. On all other wires nothing changes.
 *  - Privacy. Commitments c_i hide (32 random bytes, random-oracle model), a share that a party lacks is uniform given the other two
 *    and the secret's use, and it enters the run only as inputs of the two other parties, which the base protocol hides.
 * No hash is computed within the circuit: that two parties know each share replaces it. What the commitments add is that stored shares
 * cannot change unseen between two computations, and that all three mean the same secret: `boundRunId` makes runs of parties
 * that know other commitments fail at the first comparison.
 *
 * Not in the statement: whoever deals knows the secret and could deal no valid share to some custodian (`checkReplicated` sees it), and
 * a secret of low entropy is no better protected by shares than without.
 */
import { createHash } from 'node:crypto';
import { equalConstantTime } from '../../../../crypto/compare.ts';
import type { RandomSource } from '../../channel.ts';
import { bitsOfBytes } from '../../circuit/bits.ts';
import type { CircuitBuilder, Word } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { jointParty } from '../../circuit/holders.ts';
import { CircuitError, MpcAbort } from '../../errors.ts';
import { threePartyLimits } from './limits.ts';

const custodians = 3;
const digestBytes = 32;
const randomnessBytes = 32;

/** What everybody may know of a secret. */
export interface ReplicatedPublic {
  /** 32 bytes that no other secret has. */
  readonly keyId: Uint8Array;
  /** Names, in the order of the shares that they lack. */
  readonly custodians: readonly [string, string, string];
  /** Of the secret and of each share. */
  readonly bytes: number;
  /** By share, 32 bytes each. */
  readonly commitments: readonly Uint8Array[];
}

export interface ShareOpening {
  readonly share: Uint8Array;
  /** 32 bytes. */
  readonly randomness: Uint8Array;
}

/** What one custodian keeps, secret but for the public part. */
export interface ReplicatedShares {
  readonly known: ReplicatedPublic;
  /** By share; undefined for the one that the custodian lacks. */
  readonly openings: readonly (ShareOpening | undefined)[];
}

/**
 * @param secret at least one byte
 * @param names of the custodians
 * @returns what each of them keeps, in that order
 */
export function dealReplicated(
  secret: Uint8Array,
  names: readonly [string, string, string],
  keyId: Uint8Array,
  random: RandomSource,
): readonly [ReplicatedShares, ReplicatedShares, ReplicatedShares] {
  const shares = [random(secret.length), random(secret.length), Uint8Array.from(secret)] as const;
  for (let i = 0; i < secret.length; i++) shares[2][i]! ^= shares[0][i]! ^ shares[1][i]!;
  const openings = shares.map((share) => ({ share, randomness: random(randomnessBytes) }));
  const commitments = openings.map((opening, index) => commitToShare(keyId, index, opening));
  const known: ReplicatedPublic = { keyId, custodians: [...names], bytes: secret.length, commitments };
  checkPublic(known);
  const keep = (lacking: number): ReplicatedShares => ({
    known,
    openings: openings.map((opening, index) => (index === lacking ? undefined : opening)),
  });
  return [keep(0), keep(1), keep(2)];
}

/** @param keyId 32 bytes. @param index of the share, 0 to 2 */
export function commitToShare(keyId: Uint8Array, index: number, { share, randomness }: ShareOpening): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(index);
  header.writeUInt32BE(share.length, 1);
  return createHash('sha256')
    .update('hypergate mpc replicated share v1\0')
    .update(keyId)
    .update(header)
    .update(randomness)
    .update(share)
    .digest();
}

/**
 * To be called by each custodian when it gets its shares and whenever it has read them from where they are kept.
 *
 * @param me the custodian
 * @throws MpcAbort `refused` when it lacks a share that it should have, or a share is not the one of the commitment
 */
export function checkReplicated({ known, openings }: ReplicatedShares, me: string): void {
  checkPublic(known);
  const lacking = known.custodians.indexOf(me);
  if (lacking < 0) throw new MpcAbort('refused', undefined, `${me} is no custodian of the secret`);
  for (let index = 0; index < custodians; index++) {
    if (index === lacking) continue;
    const opening = openings[index];
    if (
      opening?.share.length !== known.bytes ||
      opening.randomness.length !== randomnessBytes ||
      !equalConstantTime(commitToShare(known.keyId, index, opening), known.commitments[index]!)
    ) {
      throw new MpcAbort('refused', undefined, `share ${index} is not the one that was committed to`);
    }
  }
}

/** The secret as a word of a circuit: adds its three inputs. */
export function replicatedInput(builder: CircuitBuilder, name: string, known: ReplicatedPublic): Word {
  const shares = shareParties(known).map((party) => builder.input(party, name, 8 * known.bytes));
  return Array.from({ length: 8 * known.bytes }, (_, i) =>
    shares.map((bits) => bits[i]!).reduce((a, b) => builder.xor(a, b)),
  );
}

/**
 * Checks the shares of a custodian and puts them where a circuit has the inputs of that name.
 *
 * @param inputs of this party for a run, in the order of the circuit: of other names. Not changed
 * @throws MpcAbort as `checkReplicated`. @throws CircuitError when the circuit has no such inputs
 */
export function withReplicated(
  circuit: Circuit,
  inputs: readonly (Uint8Array | undefined)[],
  { name, shares, me }: { readonly name: string; readonly shares: ReplicatedShares; readonly me: string },
): (Uint8Array | undefined)[] {
  checkReplicated(shares, me);
  const filled = [...inputs];
  for (const [share, party] of shareParties(shares.known).entries()) {
    const at = circuit.inputs.findIndex((input) => input.party === party && input.name === name);
    if (at < 0 || circuit.inputs[at]!.bits !== 8 * shares.known.bytes) {
      throw new CircuitError(`the circuit has no input ${name} of ${party} of ${shares.known.bytes} bytes`);
    }
    const opening = shares.openings[share];
    filled[at] = shares.known.custodians[share] === me ? undefined : bitsOfBytes(opening!.share);
  }
  return filled;
}

/** The id of a run that uses these secrets: 32 bytes. Parties that know other commitments, or another order, get another id. */
export function boundRunId(runId: Uint8Array, secrets: readonly ReplicatedPublic[]): Buffer {
  const hash = createHash('sha256').update('hypergate mpc replicated run v1\0').update(runId);
  for (const known of secrets) {
    checkPublic(known);
    const names = JSON.stringify([known.custodians, known.bytes]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(names));
    hash.update(length).update(names).update(known.keyId);
    for (const commitment of known.commitments) hash.update(commitment);
  }
  return hash.digest();
}

/** By share, the name of its holders together. */
function shareParties({ custodians: names }: ReplicatedPublic): string[] {
  return names.map((lacking) => jointParty(names.filter((name) => name !== lacking)));
}

function checkPublic({ keyId, custodians: names, bytes, commitments }: ReplicatedPublic): void {
  const wellFormed =
    keyId.length === digestBytes &&
    names.length === custodians &&
    new Set(names).size === custodians &&
    Number.isInteger(bytes) &&
    bytes > 0 &&
    24 * bytes <= threePartyLimits.inputLabelsMax &&
    commitments.length === custodians &&
    commitments.every(({ length }) => length === digestBytes);
  if (!wellFormed) throw new CircuitError('a replicated secret that is not well-formed');
}
