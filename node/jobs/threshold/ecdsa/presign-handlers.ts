/**
 * Presignatures of threshold ECDSA, at a custodian (Damgard, Jakobsen, Nielsen, Pagter, Ostergard, "Fast threshold ECDSA with honest
 * majority", SCN 2020, the protocol for presignatures), in batches, by 2t + 1 signers.
 *
 * - begin: each signer draws a nonce; all of them make the label.
 * - share: pseudo-random sharing gives each signer k_i and a_i, shares of degree t of random k and a, and b_i, a share of zero of degree 2t.
 *   It shows R_i = k_i G and w_i = a_i k_i + b_i.
 * - confirm: with everybody's shares, each signer checks that the R_i are of one polynomial of degree t. At least t + 1 of them are honest and
 *   determine it, so R = kG, or the batch ends here. It computes R and w = ak, from the w_i, and signs the hash of all it saw.
 * - open: with everybody's signatures of that hash, the batch may be used.
 *
 * Why b_i: w_i alone would be the value of a(X) k(X) at i, and 2t + 1 of these are the whole product, whose factors can be found. With b_i added
 * the w_i are random but for what w says: the faulty know t values of that polynomial of degree 2t, and w, and the other t are hidden.
 *
 * Where this departs from the paper: there, signers also show W_i = a_i R and compare W, made from these, with wG. Without it a faulty signer
 * may add to w whatever it likes, but knows what it added: honest signers compute w + d where w is right, and their signature is
 * s w / (w + d). It learns nothing from it, since it can compute that from s itself: w is known to it and is random
 * whatever k, x and the message are, for a is. The coordinator verifies the signature, does not give out a wrong one, and finds out
 * who it was (blame.ts). What the comparison did besides, to be sure of a common w, is done by the signed hash; and were it
 * missing, shares of different w would not fit together (sign-handler.ts).
 */
import { setImmediate } from 'node:timers/promises';
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { type Group, modulo } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { Handler, Party } from '../party.ts';
import { openPrss, type Prss } from '../prss/index.ts';
import { lagrange } from '../sharing/shamir.ts';
import { ecdsaLimits } from './limits.ts';
import { elementAtZero, lineThrough } from './line.ts';
import {
  type BatchPlan,
  batchLabel,
  beginPurpose,
  beginStatement,
  decodePayload,
  encodePayload,
  hashBytes,
  type NonceShare,
  payloadBytes,
  readPlan,
  readSigned,
  type SignedBytes,
  sharePurpose,
  shareStatement,
  transcriptOf,
  transcriptPurpose,
  writeSigned,
} from './messages.ts';
import { type Batch, type Presignature, presignaturesOf } from './store.ts';

/** Purposes of sharings. */
export const noncePurpose = 'ecdsa/k';
export const maskPurpose = 'ecdsa/a';
export const productPurpose = 'ecdsa/b';

const nonceBytes = 32;
/** Other requests are served between so many presignatures. */
const pauseEvery = 8;

interface Shared {
  readonly plan: BatchPlan;
  readonly label: Bytes;
  readonly prss: Prss;
  readonly nonces: readonly bigint[];
  readonly masks: readonly bigint[];
  readonly payload: Bytes;
}

const begin: Handler = {
  kind: 'ecdsa.presign.begin',
  access: 'free',
  bodyBytesMax: 1024,
  async handle(party, { body }) {
    const plan = readMessage(body, undefined, (reader) => readPlan(reader, party.committee));
    if (!plan.signers.includes(party.me)) malformed(undefined, 'this custodian is no signer');
    await openPrss(party, plan.prss);
    const nonce = Uint8Array.from(party.random.bytes(nonceBytes));
    const signature = party.identity.sign(beginPurpose, beginStatement(plan, nonce));
    party.rounds.open(`ecdsa.begin/${nameOf(nonce)}`, true);
    const writer = new MessageWriter();
    writeSigned(writer, { bytes: nonce, signature });
    return writer.done();
  },
};

const share: Handler = {
  kind: 'ecdsa.presign.share',
  access: 'free',
  bodyBytesMax: 8192,
  async handle(party, { body }) {
    const { plan, begun } = readMessage(body, undefined, (reader) => ({
      plan: readPlan(reader, party.committee),
      begun: reader.list(thresholdLimits.custodiansMax, 'nonces', () => readSigned(reader, nonceBytes)),
    }));
    checkSigned(party, plan, beginPurpose, begun, (nonce) => beginStatement(plan, nonce));
    const prss = await openPrss(party, plan.prss);
    const own = begun[plan.signers.indexOf(party.me)]!.bytes;
    // Taken out before anything is computed: no label has this nonce again.
    if (party.rounds.take(`ecdsa.begin/${nameOf(own)}`) !== true)
      throw new ThresholdAbort('stale', undefined, 'a nonce that is gone');
    const { group, count } = plan;
    const label = batchLabel(
      plan,
      begun.map(({ bytes }) => bytes),
    );
    const nonces = prss.randomShares(noncePurpose, label, group, count);
    const masks = prss.randomShares(maskPurpose, label, group, count);
    const zeros = prss.zeroShares(productPurpose, label, group, count);
    const shares: NonceShare[] = [];
    for (const [at, nonce] of nonces.entries()) {
      if (at % pauseEvery === pauseEvery - 1) await setImmediate();
      const product = modulo(masks[at]! * nonce + zeros[at]!, group.order);
      shares.push({ element: group.baseMultiply(nonce), product });
    }
    const payload = encodePayload(group, shares);
    const kept: Shared = { plan, label, prss, nonces, masks, payload };
    party.rounds.open(`ecdsa.share/${nameOf(label)}`, kept);
    const writer = new MessageWriter();
    const signature = party.identity.sign(sharePurpose, shareStatement(label, payload));
    writeSigned(writer, { bytes: payload, signature });
    return writer.done();
  },
};

const confirm: Handler = {
  kind: 'ecdsa.presign.confirm',
  access: 'free',
  bodyBytesMax: ecdsaLimits.messageBytesMax,
  async handle(party, { body }) {
    const { label, shares } = readMessage(body, undefined, (reader) => ({
      label: reader.bytes(hashBytes, 'the batch'),
      shares: reader.list(thresholdLimits.custodiansMax, 'shares', () =>
        readSigned(reader, ecdsaLimits.messageBytesMax),
      ),
    }));
    const shared = party.rounds.take(`ecdsa.share/${nameOf(label)}`) as Shared | undefined;
    if (shared === undefined) throw new ThresholdAbort('stale', undefined, 'no such batch');
    const { plan, prss, nonces, masks } = shared;
    const { group, signers } = plan;
    checkSigned(party, plan, sharePurpose, shares, (payload) => shareStatement(label, payload));
    if (Buffer.compare(shares[signers.indexOf(party.me)]!.bytes, shared.payload) !== 0)
      malformed(undefined, 'other shares than this custodian made');
    if (shares.some(({ bytes }) => bytes.length !== payloadBytes(plan)))
      malformed(undefined, 'length of shares');
    const decoded = shares.map(({ bytes }, at) => decodeShares(plan, bytes, signers[at]!));
    const presignatures: Presignature[] = [];
    for (let at = 0; at < plan.count; at += 1) {
      if (at % pauseEvery === pauseEvery - 1) await setImmediate();
      const opened = openNonce(
        group,
        signers,
        party.committee.threshold,
        decoded.map((of) => of[at]!),
      );
      if (opened === undefined) {
        burnBatch(party, shared);
        malformed(undefined, 'nonce shares that are not of one polynomial');
      }
      presignatures.push({ nonce: nonces[at]!, mask: masks[at]!, ...opened });
    }
    const transcript = transcriptOf(
      label,
      shares.map(({ bytes }) => bytes),
    );
    const batch: Batch = { plan, label, prss, transcript, presignatures };
    party.rounds.open(`ecdsa.confirm/${nameOf(label)}`, batch);
    return party.identity.sign(transcriptPurpose, transcript);
  },
};

const open: Handler = {
  kind: 'ecdsa.presign.open',
  access: 'free',
  bodyBytesMax: 4096,
  async handle(party, { body }) {
    const { label, signatures } = readMessage(body, undefined, (reader) => ({
      label: reader.bytes(hashBytes, 'the batch'),
      signatures: reader.list(thresholdLimits.custodiansMax, 'signatures', () =>
        reader.field(ecdsaLimits.signatureBytesMax, 'a signature'),
      ),
    }));
    const batch = party.rounds.take(`ecdsa.confirm/${nameOf(label)}`) as Batch | undefined;
    if (batch === undefined) throw new ThresholdAbort('stale', undefined, 'no such batch');
    const { signers } = batch.plan;
    if (signatures.length !== signers.length) malformed(undefined, 'number of signatures');
    for (const [at, signature] of signatures.entries()) {
      if (!party.identity.verify(signers[at]!, transcriptPurpose, batch.transcript, signature))
        malformed(undefined, 'not all signers saw the same');
    }
    presignaturesOf(party).add(batch);
    return new Uint8Array(0);
  },
};

export const presignHandlers: readonly Handler[] = [begin, share, confirm, open];

/** R and w of one presignature; undefined when the R_i are of no polynomial of degree t, or w is 0. */
export function openNonce(
  group: Group,
  signers: readonly number[],
  threshold: number,
  shares: readonly NonceShare[],
): { element: Bytes; product: bigint } | undefined {
  const elements = new Map(signers.map((index, at) => [index, shares[at]!.element]));
  const element = elementAtZero(lineThrough(signers, threshold), elements, group);
  if (element === undefined) return undefined;
  const factors = lagrangeOf(group, signers);
  const product = modulo(
    shares.reduce((sum, one, at) => sum + factors[at]! * one.product, 0n),
    group.order,
  );
  return product === 0n ? undefined : { element, product };
}

const factors = new Map<string, readonly bigint[]>();

/** Factors of the values at these places that make the value at 0. */
export function lagrangeOf(group: Group, places: readonly number[]): readonly bigint[] {
  const name = `${group.name}/${places.join()}`;
  const known = factors.get(name);
  if (known !== undefined) return known;
  const made = lagrange(places, group.order);
  factors.set(name, made);
  return made;
}

function decodeShares(plan: BatchPlan, payload: Bytes, from: number): NonceShare[] {
  try {
    return decodePayload(plan, payload, from);
  } catch (error) {
    // Whom a custodian names is hearsay to the coordinator: it looks for itself.
    if (error instanceof ThresholdAbort) return malformed(undefined, error.message);
    throw error;
  }
}

function checkSigned(
  { identity }: Party,
  { signers }: BatchPlan,
  purpose: string,
  parts: readonly SignedBytes[],
  statement: (bytes: Bytes) => Bytes,
): void {
  if (parts.length !== signers.length) malformed(undefined, 'number of signers');
  for (const [at, { bytes, signature }] of parts.entries()) {
    if (!identity.verify(signers[at]!, purpose, statement(bytes), signature))
      malformed(undefined, 'a part that its signer did not sign');
  }
}

function burnBatch(party: Party, { plan, label, prss, nonces, masks }: Shared): void {
  const { group, signers } = plan;
  for (const [at, nonce] of nonces.entries()) {
    const mask = masks[at]!;
    presignaturesOf(party).burn(label, at, {
      group,
      prss,
      signers,
      nonce,
      mask,
      view: undefined,
      verificationKey: undefined,
    });
  }
}

function nameOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}
