/** One run, as the evaluator. */
import { allocateBlocks } from '../../block/words.ts';
import type { Channel } from '../../channel.ts';
import { bitsOfBytes } from '../../circuit/bits.ts';
import { Evaluator } from '../../garble/evaluator.ts';
import type { LabelMemory } from '../../garble/label-memory.ts';
import { gatherLabels, permuteBits } from '../../garble/wires.ts';
import { receivePieces, receiveWhole, sendPieces } from '../../messages.ts';
import type { CotReceiver } from '../../ot/correlated.ts';
import type { ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import { kinds } from './kinds.ts';
import { inputSpans, outputWires, ownBits, scatterBlocks, spanBits, splitOutputs } from './ports.ts';

export interface EvaluatorParty {
  readonly channel: Channel;
  readonly cot: CotReceiver;
  readonly memory: LabelMemory;
  readonly garbler: string;
  readonly evaluator: string;
}

export async function runEvaluator(
  party: EvaluatorParty,
  run: ProtocolRun,
  hashKey: Buffer,
): Promise<ProtocolOutputs> {
  const { channel, cot, garbler, evaluator: me } = party;
  const { circuit } = run;
  const inputLabels = allocateBlocks(circuit.inputBits);
  scatterBlocks(await cot.extend(ownBits(run, me)), inputSpans(circuit, me), inputLabels);
  const theirs = inputSpans(circuit, garbler);
  const theirLabels = await receiveWhole(channel, kinds.inputLabels, 16 * spanBits(theirs));
  scatterBlocks(theirLabels, theirs, inputLabels);
  const evaluator = new Evaluator(circuit, inputLabels, hashKey, party.memory);
  for await (const piece of receivePieces(channel, kinds.tables, evaluator.tableBytesLeft)) {
    evaluator.push(piece);
  }

  const wires = outputWires(circuit, me);
  const decoding = await receiveWhole(channel, kinds.decoding, (wires.length + 7) >> 3);
  const values = permuteBits(evaluator.labels, wires);
  const flips = bitsOfBytes(decoding, wires.length);
  for (let i = 0; i < values.length; i++) values[i]! ^= flips[i]!;
  const labels = gatherLabels(evaluator.labels, outputWires(circuit, garbler));
  await sendPieces(channel, kinds.outputLabels, labels);
  return splitOutputs(circuit, me, values);
}
