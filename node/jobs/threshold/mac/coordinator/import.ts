/**
 * Sharing a key that the gateway has for a moment: it computes the chaining values, in the clear, by the circuit that custodians
 * evaluate when they make a key, and deals pieces. The dealer is trusted with the key, as it has it.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../../api/index.ts';
import { bitsOfBytes, bytesOfBits } from '../../../mpc/circuit/bits.ts';
import { evaluate } from '../../../mpc/circuit/evaluate.ts';
import { blockBytes } from '../../../mpc/circuit/standard/sha2.ts';
import type { ShareOpening } from '../../../mpc/levels/three-party/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { ThresholdAbort } from '../../errors.ts';
import type { AskOptions, AuthorisedTask, Custodians, KeyCommon } from '../../party.ts';
import { createCircuit } from '../circuits.ts';
import { newKey } from '../handlers/create.ts';
import { macLimits } from '../limits.ts';
import {
  checkMacCommittee,
  commitPiece,
  encodeCommon,
  othersThan,
  randomnessBytes,
  writeOpening,
} from '../pieces.ts';
import { type MacScheme, macSchemeOf, pieceBytes } from '../schemes.ts';
import { readSignature } from '../statements.ts';
import { checkMade, keepEverywhere, type Made } from './create.ts';
import { deliverAll } from './deliver.ts';

/** @throws ThresholdAbort; RangeError for a key of no or too many bytes, or a task that brings in no such key */
export async function importMac(
  custodians: Custodians,
  authorised: AuthorisedTask,
  material: Bytes,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'import') throw new RangeError('bringing in a key needs a task that asks for it');
  const scheme = macSchemeOf(task.scheme);
  checkMacCommittee(custodians.committee);
  if (material.length < 1 || material.length > macLimits.importBytesMax)
    throw new RangeError(`a key has 1 to ${macLimits.importBytesMax} bytes`);
  const states = chainingValues(scheme, material);
  const openings = deal(custodians, states);
  states.fill(0);
  const commitments = openings.map((opening, at) => commitPiece(newKey(task), at + 1, opening));
  const common = encodeCommon(scheme, commitments);
  const options: AskOptions = signal === undefined ? { authorised } : { authorised, signal };
  const made = new Map<number, Made>();
  await deliverAll(custodians.available(), async (custodian) => {
    const writer = new MessageWriter().field(common);
    for (const lacking of othersThan(custodian)) writeOpening(writer, openings[lacking - 1]!);
    const reply = await custodians.ask(custodian, 'mac.import', writer.done(), options);
    const answer = { common, signature: readMessage(reply, custodian, readSignature) };
    checkMade(custodians, task, custodian, answer);
    made.set(custodian, answer);
  });
  for (const { share } of openings) share.fill(0);
  const { threshold } = custodians.committee;
  if (made.size <= threshold)
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians take the key');
  return keepEverywhere(custodians, task, made, signal);
}

/** Inner, then outer. */
function chainingValues(scheme: MacScheme, material: Bytes): Buffer {
  const block = blockBytes(scheme.hash);
  const key = Buffer.alloc(block);
  key.set(material.length > block ? createHash(scheme.digest).update(material).digest() : material);
  const circuit = createCircuit(scheme, block);
  const first = circuit.inputs.findIndex(({ name }) => name === 'key');
  const inputs = circuit.inputs.map(({ bits }, at) =>
    at === first ? bitsOfBytes(key) : new Uint8Array(bits),
  );
  const [bits] = evaluate(circuit, inputs);
  const states = bytesOfBits(bits!).subarray(0, pieceBytes(scheme));
  for (const secret of [key, bits!, ...inputs]) secret.fill(0);
  return states;
}

/** By the member that lacks the piece, from 1 on. */
function deal({ random, committee }: Custodians, secret: Uint8Array): ShareOpening[] {
  const last = Uint8Array.from(secret);
  return committee.members.map((_, at) => {
    const randomness = Uint8Array.from(random.bytes(randomnessBytes));
    if (at === committee.members.length - 1) return { share: last, randomness };
    const share = Uint8Array.from(random.bytes(secret.length));
    for (let i = 0; i < share.length; i++) last[i]! ^= share[i]!;
    return { share, randomness };
  });
}
