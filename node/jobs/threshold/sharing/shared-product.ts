/**
 * An element times a key that is shared: each custodian gives its share times the element, with a proof that it is its share; t + 1
 * of them make the product, by Lagrange's interpolation in the exponent. One round, no state. What comes out is the same whichever
 * custodians answered.
 *
 * The shape is that of the coin of Cachin, Kursawe and Shoup, "Random oracles in Constantinople" (PODC 2000), who prove
 * it for static corruption of t custodians: verification keys are the base times the shares, proofs are Chaum and Pedersen's. Who makes
 * a wrong share is found by its proof before anything is put together, so no output is ever wrong.
 */
import type { Bytes, KeyTask } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { cheater, malformed } from '../errors.ts';
import { gather } from '../gather.ts';
import type { Group } from '../groups/index.ts';
import type { AuthorisedTask, Custodians, Handler, KeyCommon } from '../party.ts';
import { proveDleq, verifyDleq } from '../proofs/dleq.ts';
import { fieldKeyOf } from './field-key.ts';
import { KeyComplaints } from './key-complaints.ts';
import { interpolateElements } from './shamir.ts';
import { fieldShareFor } from './share-for.ts';

export interface ProductProtocol {
  /** Kind of its handler; separates its proofs from those of others. */
  readonly kind: string;
  readonly schemes: readonly string[];
  /** What is multiplied: no more than the task says. @returns undefined for a task that is none of this protocol */
  elementOf(task: KeyTask, group: Group): Bytes | undefined;
}

/** Body: generation (4). Answer: product, proof. */
export function productHandler({ kind, schemes, elementOf }: ProductProtocol): Handler {
  return {
    kind,
    access: 'task',
    bodyBytesMax: 4,
    async handle(party, { body, task }) {
      if (task === undefined) throw new Error('a handler for tasks without a task');
      const generation = readMessage(body, undefined, (reader) => reader.u32('the generation'));
      const share = await fieldShareFor(party, task.handle, generation, schemes);
      const { group, scalar, verificationKey } = share;
      const element = elementOf(task, group);
      if (element === undefined) malformed(undefined, 'the task is none of this key');
      const product = group.multiply(element, scalar);
      const statement = { element, publicKey: verificationKey, product };
      const context = proofContext(kind, task.handle, generation, party.me);
      const proof = proveDleq(group, statement, scalar, context, party.random);
      return new MessageWriter().bytes(product).bytes(proof).done();
    },
  };
}

/**
 * @returns the key times the element of the task
 * @throws RangeError for a task that is none of the key's
 * @throws ThresholdAbort `stale` when `key` is of another generation than the shares: to be read again; `unknown-key`; `unavailable`
 */
export async function multiplyByKey(
  { kind, schemes, elementOf }: ProductProtocol,
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { task } = authorised;
  if (!schemes.includes(key.scheme) || Buffer.compare(task.handle, key.handle) !== 0)
    throw new RangeError('the task is none of this key');
  const { group, verificationKeys } = fieldKeyOf(key);
  const element = elementOf(task, group);
  if (element === undefined) throw new RangeError('the task is none of this key');
  const body = new MessageWriter().u32(key.generation).done();
  const options = { authorised, ...(signal === undefined ? {} : { signal }) };
  const complaints = new KeyComplaints(custodians);
  const ask = async (custodian: number): Promise<Uint8Array> => {
    signal?.throwIfAborted();
    let answer: Bytes;
    try {
      answer = await custodians.ask(custodian, kind, body, options);
    } catch (error) {
      complaints.note(custodian, error);
      throw error;
    }
    const publicKey = verificationKeys[custodian - 1];
    if (publicKey === undefined) malformed(undefined, 'a key without a verification key of a custodian');
    const { product, proof } = readAnswer(answer, custodian, group);
    if (!group.isElement(product)) cheater(custodian, 'its share of a product is no element');
    const statement = { element, publicKey, product };
    const context = proofContext(kind, key.handle, key.generation, custodian);
    if (!verifyDleq(group, statement, proof, context))
      cheater(custodian, 'the proof of its share of a product is wrong');
    return product;
  };
  const products = await complaints.explain(gather(custodians, custodians.committee.threshold + 1, ask));
  return interpolateElements(products, group);
}

function readAnswer(answer: Bytes, custodian: number, group: Group): { product: Bytes; proof: Bytes } {
  return readMessage(answer, custodian, (reader) => ({
    product: reader.bytes(group.elementBytes, 'the product'),
    proof: reader.bytes(2 * group.scalarBytes, 'the proof'),
  }));
}

function proofContext(kind: string, handle: Bytes, generation: number, custodian: number): Uint8Array {
  return new MessageWriter().field(Buffer.from(kind)).field(handle).u32(generation).u16(custodian).done();
}
