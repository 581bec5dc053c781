/** One run, as the garbler: it learns the outputs that go to it from labels that only an evaluation gives. */
import { allocateBlocks, readWords, viewWords } from '../../block/words.ts';
import type { Channel, RandomSource } from '../../channel.ts';
import { bytesOfBits } from '../../circuit/bits.ts';
import { MpcAbort } from '../../errors.ts';
import { Garbler } from '../../garble/garbler.ts';
import type { LabelMemory } from '../../garble/label-memory.ts';
import { gatherLabels, labelsOf, permuteBits } from '../../garble/wires.ts';
import { receiveWhole, sendPieces } from '../../messages.ts';
import type { CotSender } from '../../ot/correlated.ts';
import type { ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import { kinds } from './kinds.ts';
import { inputSpans, outputWires, ownBits, scatterBlocks, spanBits, splitOutputs } from './ports.ts';

export interface GarblerParty {
  readonly channel: Channel;
  readonly random: RandomSource;
  /** Its delta is that of all garblings. */
  readonly cot: CotSender;
  readonly memory: LabelMemory;
  readonly garbler: string;
  readonly evaluator: string;
}

export async function runGarbler(
  party: GarblerParty,
  run: ProtocolRun,
  hashKey: Buffer,
): Promise<ProtocolOutputs> {
  const { channel, random, cot, garbler: me, evaluator } = party;
  const { circuit } = run;
  const { delta } = cot;
  const bits = ownBits(run, me);
  const theirs = inputSpans(circuit, evaluator);
  const inputLabels = allocateBlocks(circuit.inputBits);
  scatterBlocks(await cot.extend(spanBits(theirs)), theirs, inputLabels);
  const zeroLabels = random(16 * bits.length);
  scatterBlocks(zeroLabels, inputSpans(circuit, me), inputLabels);
  await sendPieces(channel, kinds.inputLabels, labelsOf(zeroLabels, bits, delta));
  const garbler = new Garbler(circuit, { delta, inputLabels }, hashKey, party.memory);
  for (const piece of garbler.tables()) await channel.send(kinds.tables, piece);
  const decoding = permuteBits(garbler.zeroLabels, outputWires(circuit, evaluator));
  await sendPieces(channel, kinds.decoding, bytesOfBits(decoding));

  const wires = outputWires(circuit, me);
  const labels = await receiveWhole(channel, kinds.outputLabels, 16 * wires.length);
  const values = meaningOf(labels, gatherLabels(garbler.zeroLabels, wires), delta);
  if (values === undefined) throw new MpcAbort('cheating', evaluator, 'labels that no evaluation gives');
  return splitOutputs(circuit, me, values);
}

/** Bits that labels mean; undefined when one is neither of its wire's two. */
function meaningOf(labels: Buffer, zeroLabels: Buffer, delta: Buffer): Uint8Array | undefined {
  const [given, zeros, difference] = [viewWords(labels), viewWords(zeroLabels), readWords(delta)];
  const values = new Uint8Array(given.length / 4);
  let wrong = 0;
  for (let i = 0; i < values.length; i++) {
    const value = (given[4 * i]! ^ zeros[4 * i]!) & 1;
    for (let word = 0; word < 4; word++) {
      wrong |= given[4 * i + word]! ^ zeros[4 * i + word]! ^ (difference[word]! & -value);
    }
    values[i] = value;
  }
  return wrong === 0 ? values : undefined;
}
