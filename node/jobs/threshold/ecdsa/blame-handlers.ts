/**
 * What a signer shows of a presignature that came to nothing, so that it is found out who gave a wrong share. Nothing here is on the way of
 * a signature that comes out right.
 *
 * Everybody shows, times the base, what the sets it is a member of put into the sharings; a set has n - t >= 2t + 1 members, so t + 1 honest
 * ones say the same. From these anybody computes A_i = a_i G, B_i, C_i and what R_i should be. Then signer i proves that its w_i is
 * a_i k_i + b_i (A_i and w_i G - B_i have the ratio that G and R_i have), and that its s_i is what it should be (X_i and Q_i have the ratio
 * of G and A_i, where Q_i follows from s_i, A_i and C_i). See blame.ts.
 *
 * What it costs: no scalar is shown, and the nonce is used up. A G = w/k G and the like are elements that depend on the key, one small
 * system of them for each presignature; who sees q of them may at most hope to find the key some sqrt(q) times faster
 * (Cheon, "Security analysis of the strong Diffie-Hellman problem", EUROCRYPT 2006), so their number is bounded. Who has no part in a
 * presignature shows something of it only when t + 1 signers signed that it is burnt.
 */
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { Handler } from '../party.ts';
import { proveDleq } from '../proofs/dleq.ts';
import { openPrss, type Prss, type PrssName, prssLimits } from '../prss/index.ts';
import { curveGroup } from './curve.ts';
import { ecdsaLimits } from './limits.ts';
import { hashBytes } from './messages.ts';
import { maskPurpose, noncePurpose, productPurpose } from './presign-handlers.ts';
import { signaturePurpose } from './sign-handler.ts';
import { presignaturesOf } from './store.ts';

export const burntPurpose = 'ecdsa.burnt';

/** Which presignature. */
export interface BurntName {
  readonly label: Bytes;
  readonly index: number;
  /** 32 bytes: what the signature was to be about; empty for one whose nonce shares did not fit together. */
  readonly view: Bytes;
}

/** Of one set: multiples of the base, in this order. */
export interface SetCommitment {
  /** Of a presignature without view: one, of the nonce. Else one of a, t of b, t of c. */
  readonly elements: readonly Bytes[];
}

export interface BurntReply {
  readonly statement: Bytes;
  readonly sets: readonly SetCommitment[];
  /** That w_i is right, that s_i is right; empty without view. */
  readonly proofs: readonly [Bytes, Bytes];
}

const burnHandler: Handler = {
  kind: 'ecdsa.blame.burn',
  access: 'free',
  bodyBytesMax: 256,
  async handle(party, { body }) {
    const name = readMessage(body, undefined, readBurntName);
    const { label, index, view } = name;
    const burnt = presignaturesOf(party).takeBurnt(label, index);
    if (burnt === undefined || Buffer.compare(burnt.view ?? new Uint8Array(0), view) !== 0)
      throw new ThresholdAbort('stale', undefined, 'no such burnt presignature');
    const { group, prss, nonce, mask, verificationKey } = burnt;
    const statement = party.identity.sign(burntPurpose, burntStatement(name, group, prss));
    const writer = new MessageWriter().field(statement);
    writeSets(writer, commitmentsOf(name, group, prss));
    if (verificationKey === undefined) return writer.field(new Uint8Array(0)).field(new Uint8Array(0)).done();
    const context = proofContext(name, party.me);
    const masked = group.baseMultiply(mask);
    const product = {
      element: masked,
      publicKey: group.baseMultiply(nonce),
      product: group.multiply(masked, nonce),
    };
    const share = {
      element: verificationKey,
      publicKey: masked,
      product: group.multiply(verificationKey, mask),
    };
    writer.field(proveDleq(group, product, nonce, context, party.random));
    return writer.field(proveDleq(group, share, mask, context, party.random)).done();
  },
};

const helpHandler: Handler = {
  kind: 'ecdsa.blame.help',
  access: 'free',
  bodyBytesMax: 4096,
  async handle(party, { body }) {
    const { name, groupName, prssName, statements } = readMessage(body, undefined, (reader) => ({
      name: readBurntName(reader),
      groupName: Buffer.from(reader.field(16, 'the group')).toString('latin1'),
      prssName: { epoch: reader.u32('the epoch'), id: reader.bytes(prssLimits.labelBytes, 'the keys') },
      statements: reader.list(thresholdLimits.custodiansMax, 'statements', () => ({
        from: reader.u16('a custodian'),
        signature: reader.field(ecdsaLimits.signatureBytesMax, 'a signature'),
      })),
    }));
    const group = curveGroup(groupName);
    if (group === undefined) malformed(undefined, 'no curve of ECDSA');
    const text = burntStatement(name, group, prssName);
    const signed = statements.filter(({ from, signature }) =>
      party.identity.verify(from, burntPurpose, text, signature),
    );
    if (new Set(signed.map(({ from }) => from)).size <= party.committee.threshold)
      throw new ThresholdAbort('refused', undefined, 'too few signers say that it is burnt');
    if (!presignaturesOf(party).countBlame())
      throw new ThresholdAbort('refused', undefined, 'too many burnt presignatures');
    const prss = await openPrss(party, prssName);
    const writer = new MessageWriter();
    writeSets(writer, commitmentsOf(name, group, prss));
    return writer.done();
  },
};

export const blameHandlers: readonly Handler[] = [burnHandler, helpHandler];

export function encodeBurntName({ label, index, view }: BurntName): Bytes {
  return new MessageWriter().bytes(label).u16(index).field(view).done();
}

function readBurntName(reader: MessageReader): BurntName {
  const label = reader.bytes(hashBytes, 'the batch');
  const index = reader.u16('the presignature');
  const view = reader.field(hashBytes, 'the view');
  if (index >= ecdsaLimits.batchMax) malformed(undefined, 'index of a presignature');
  if (view.length !== 0 && view.length !== hashBytes) malformed(undefined, 'length of a view');
  return { label, index, view };
}

export function burntStatement(name: BurntName, group: Group, { epoch, id }: PrssName): Bytes {
  const writer = new MessageWriter().field(encodeBurntName(name)).field(Buffer.from(group.name));
  return writer.u32(epoch).bytes(id).done();
}

/** What a proof of this signer is about. */
export function proofContext(name: BurntName, signer: number): Bytes {
  return new MessageWriter()
    .text('hypergate/ecdsa/blame/v1\0')
    .field(encodeBurntName(name))
    .u16(signer)
    .done();
}

/** So many elements of each set. */
export function setElements({ view }: BurntName, threshold: number): number {
  return view.length === 0 ? 1 : 1 + 2 * threshold;
}

export function readSets(reader: MessageReader, group: Group, perSet: number): SetCommitment[] {
  return reader.list(prssLimits.subsetsMax, 'sets', () => ({
    elements: Array.from({ length: perSet }, () => reader.bytes(group.elementBytes, 'an element')),
  }));
}

function writeSets(writer: MessageWriter, sets: readonly SetCommitment[]): void {
  writer.list(sets, ({ elements }) => {
    for (const element of elements) writer.bytes(element);
  });
}

function commitmentsOf({ label, index, view }: BurntName, group: Group, prss: Prss): SetCommitment[] {
  const count = index + 1;
  const last = (values: readonly (readonly bigint[][])[]) => values.map((ofSet) => ofSet[index]!);
  if (view.length === 0) {
    const nonces = last(prss.values('t', noncePurpose, label, group, count));
    return nonces.map((values) => ({ elements: values.map((value) => group.baseMultiply(value)) }));
  }
  const masks = last(prss.values('t', maskPurpose, label, group, count));
  const products = last(prss.values('2t', productPurpose, label, group, count));
  const zeros = prss.values('2t', signaturePurpose, view, group).map((ofSet) => ofSet[0]!);
  return masks.map((mask, set) => ({
    elements: [...mask, ...products[set]!, ...zeros[set]!].map((value) => group.baseMultiply(value)),
  }));
}
