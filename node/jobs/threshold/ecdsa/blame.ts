/**
 * Who gave a wrong share, when nonce shares do not fit together or a signature is wrong: at the coordinator, which holds against what each
 * signer sent what all custodians say of the sharings, and the signer's proofs (see blame-handlers.ts).
 *
 * With f the factor of the nonce: s_i f w = a_i (m + r x_i) + f w c_i, so Q_i = a_i X_i = (s_i f w G - m A_i - f w C_i) / r.
 */
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { cheater, malformed } from '../errors.ts';
import { failureOf } from '../gather.ts';
import { type Group, invert, modulo } from '../groups/index.ts';
import type { Custodians } from '../party.ts';
import { verifyDleq } from '../proofs/dleq.ts';
import { positionsWith, shareCommitment } from '../prss/index.ts';
import {
  type BurntName,
  type BurntReply,
  burntPurpose,
  burntStatement,
  encodeBurntName,
  proofContext,
  readSets,
  type SetCommitment,
  setElements,
} from './blame-handlers.ts';
import { ecdsaLimits } from './limits.ts';
import type { BatchPlan, NonceShare } from './messages.ts';

/** What signers sent, in their order. */
export interface SignedNonce {
  readonly plan: BatchPlan;
  readonly label: Bytes;
  readonly index: number;
  readonly shares: readonly NonceShare[];
}

export interface WrongSignature extends SignedNonce {
  readonly view: Bytes;
  /** w. */
  readonly product: bigint;
  /** f. */
  readonly factor: bigint;
  /** m and r of the signature. */
  readonly scalar: bigint;
  readonly r: bigint;
  /** s_i, in the order of signers. */
  readonly signatures: readonly bigint[];
  /** X_i, in the order of signers. */
  readonly verificationKeys: readonly Bytes[];
}

/**
 * Accuses whoever showed a wrong R_i.
 *
 * @returns these, and signers that do not answer for it; nobody when custodians that could tell do not answer
 */
export async function blameNonces(custodians: Custodians, wrong: SignedNonce): Promise<number[]> {
  const { plan, shares } = wrong;
  const inquiry = new Inquiry(custodians, plan, { ...wrong, view: new Uint8Array(0) });
  await inquiry.ask();
  return inquiry.judge((index, at) => {
    const expected = inquiry.commitment(index, 't', 0, 1);
    return Buffer.compare(expected, shares[at]!.element) === 0 ? undefined : 'its nonce share is wrong';
  });
}

/**
 * Accuses whoever sent a wrong w_i or s_i.
 *
 * @returns these, and signers that do not answer for it; nobody when custodians that could tell do not answer
 */
export async function blameSignature(custodians: Custodians, wrong: WrongSignature): Promise<number[]> {
  const { plan, shares, product, factor, scalar, r, signatures, verificationKeys } = wrong;
  const { group } = plan;
  const { threshold } = custodians.committee;
  const inquiry = new Inquiry(custodians, plan, wrong);
  await inquiry.ask();
  return inquiry.judge((index, at, reply) => {
    if (reply === undefined) return undefined;
    const masked = inquiry.commitment(index, 't', 0, 1);
    const ofProduct = inquiry.commitment(index, '2t', 1, threshold);
    const ofSignature = inquiry.commitment(index, '2t', 1 + threshold, threshold);
    const context = proofContext(wrong, index);
    const [first, second] = reply.proofs;
    const productPart = difference(group, shares[at]!.product, [{ element: ofProduct, factor: 1n }]);
    const { element } = shares[at]!;
    if (
      productPart === undefined ||
      !verifyDleq(group, { element: masked, publicKey: element, product: productPart }, first, context)
    )
      return 'its product share is wrong';
    const scale = modulo(factor * product, group.order);
    const inverse = invert(r, group.order);
    const times = (value: bigint) => modulo(value * inverse, group.order);
    const keyPart = difference(group, times(modulo(signatures[at]! * scale, group.order)), [
      { element: masked, factor: times(scalar) },
      { element: ofSignature, factor: times(scale) },
    ]);
    const publicKey = verificationKeys[at]!;
    if (
      keyPart === undefined ||
      !verifyDleq(group, { element: publicKey, publicKey: masked, product: keyPart }, second, context)
    )
      return 'its signature share is wrong';
    return undefined;
  });
}

class Inquiry {
  readonly #custodians: Custodians;
  readonly #plan: BatchPlan;
  readonly #name: BurntName;
  readonly #replies = new Map<number, BurntReply>();
  readonly #sets = new Map<number, readonly SetCommitment[]>();
  readonly #named = new Map<number, string>();
  /** By position of the set; agreed by t + 1 of its members. */
  readonly #agreed = new Map<number, SetCommitment>();

  constructor(custodians: Custodians, plan: BatchPlan, { label, index, view }: BurntName) {
    this.#custodians = custodians;
    this.#plan = plan;
    this.#name = { label, index, view };
  }

  async ask(): Promise<void> {
    const { committee } = this.#custodians;
    const { signers, group, prss } = this.#plan;
    const request = encodeBurntName(this.#name);
    await this.#askAll(signers, 'ecdsa.blame.burn', request, (reader, from) => {
      const statement = reader.field(ecdsaLimits.signatureBytesMax, 'a statement');
      if (!this.#custodians.verify(from, burntPurpose, burntStatement(this.#name, group, prss), statement))
        cheater(from, 'a statement that it did not sign');
      const sets = this.#readSets(reader, from);
      const max = 2 * group.scalarBytes;
      this.#replies.set(from, {
        statement,
        sets,
        proofs: [reader.field(max, 'a proof'), reader.field(max, 'a proof')],
      });
      return sets;
    });
    const writer = new MessageWriter().bytes(request).field(Buffer.from(group.name));
    writer.u32(prss.epoch).bytes(prss.id);
    writer.list([...this.#replies], ([from, { statement }]) => writer.u16(from).field(statement));
    const others = this.#custodians.available().filter((index) => !signers.includes(index));
    await this.#askAll(others, 'ecdsa.blame.help', writer.done(), (reader, from) =>
      this.#readSets(reader, from),
    );
    this.#agree(committee.threshold);
  }

  /** The share of a custodian times the base, of the sharing that has these elements of a set. */
  commitment(index: number, degree: 't' | '2t', from: number, count: number): Uint8Array {
    const { committee } = this.#custodians;
    const elements = new Map(
      [...this.#agreed].map(([position, set]) => [position, set.elements.slice(from, from + count)]),
    );
    return shareCommitment(committee, degree, elements, index, this.#plan.group);
  }

  /** @param check why this signer is to blame */
  judge(check: (index: number, at: number, reply: BurntReply | undefined) => string | undefined): number[] {
    const { committee } = this.#custodians;
    for (const [at, index] of this.#plan.signers.entries()) {
      if (this.#named.has(index)) continue;
      if (!positionsWith(committee, index).every((position) => this.#agreed.has(position))) continue;
      const why = check(index, at, this.#replies.get(index));
      if (why !== undefined) this.#named.set(index, why);
    }
    for (const [index, why] of this.#named) this.#custodians.accuse(index, why);
    const silent = this.#plan.signers.filter((index) => !this.#replies.has(index));
    return [...new Set([...this.#named.keys(), ...silent])];
  }

  #readSets(reader: MessageReader, from: number): SetCommitment[] {
    const { committee } = this.#custodians;
    const { group } = this.#plan;
    const sets = readSets(reader, group, setElements(this.#name, committee.threshold));
    if (sets.length !== positionsWith(committee, from).length) malformed(from, 'number of sets');
    return sets;
  }

  async #askAll(
    indices: readonly number[],
    kind: string,
    body: Bytes,
    read: (reader: MessageReader, from: number) => SetCommitment[],
  ): Promise<void> {
    await Promise.all(
      indices.map(async (index) => {
        try {
          const reply = await this.#custodians.ask(index, kind, body);
          this.#sets.set(
            index,
            readMessage(reply, index, (reader) => read(reader, index)),
          );
        } catch (error) {
          const failure = failureOf(error, index, this.#custodians);
          if (failure.reason === 'cheater') this.#named.set(index, failure.message);
        }
      }),
    );
  }

  /** What t + 1 members of a set say is so: one of them is honest. Who says something else is named. */
  #agree(threshold: number): void {
    const { committee } = this.#custodians;
    const votes = new Map<number, Map<string, number[]>>();
    for (const [index, sets] of this.#sets) {
      for (const [at, position] of positionsWith(committee, index).entries()) {
        const text = Buffer.concat(sets[at]!.elements as Uint8Array[]).toString('hex');
        const ofSet = votes.get(position) ?? new Map<string, number[]>();
        votes.set(position, ofSet.set(text, [...(ofSet.get(text) ?? []), index]));
      }
    }
    for (const [position, ofSet] of votes) {
      const members = [...ofSet.values()].find(({ length }) => length > threshold);
      if (members === undefined) continue;
      const sets = this.#sets.get(members[0]!)!;
      const at = positionsWith(committee, members[0]!).indexOf(position);
      this.#agreed.set(position, sets[at]!);
      for (const others of ofSet.values()) {
        if (others === members) continue;
        for (const index of others) this.#named.set(index, 'what it shows of a sharing is wrong');
      }
    }
  }
}

/** scalar * G - sum of factor * element; undefined for the identity, which honest shares do not make. */
function difference(
  group: Group,
  scalar: bigint,
  terms: readonly { readonly element: Uint8Array; readonly factor: bigint }[],
): Uint8Array | undefined {
  try {
    const base = scalar === 0n ? [] : [{ element: group.baseMultiply(scalar), factor: 1n }];
    return group.combine([...base, ...terms.map(({ element, factor }) => ({ element, factor: -factor }))]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
