/** One circuit: inputs, then piece after piece, then outputs. */
import { publicKeyFor } from '../../block/fixed-key-permutation.ts';
import { TweakedHash } from '../../block/tweaked-hash.ts';
import type { RandomSource } from '../../channel.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import type { ProtocolRun } from '../../protocol.ts';
import type { AndPool } from './and-pool.ts';
import type { AuthenticatedBitSource } from './authenticated-bits.ts';
import { PieceEvaluator } from './evaluate.ts';
import { PieceGarbler, tableBytes } from './garble.ts';
import { kinds } from './kinds.ts';
import type { Link } from './link.ts';
import type { Plan } from './plan.ts';
import {
  evaluatorInputs,
  garblerInputs,
  inputWires,
  learnOutputs,
  outputWires,
  revealOutputs,
} from './ports.ts';
import { preprocessPiece } from './products.ts';
import { proveGates, receiveMasked, setMasked, tellMasked, verifyGates } from './verify.ts';
import { allocateWires } from './wires.ts';

/** What a party keeps from run to run. */
export interface SessionState {
  readonly link: Link;
  readonly source: AuthenticatedBitSource;
  readonly pool: AndPool;
  readonly random: RandomSource;
  readonly garbler: string;
  readonly evaluator: string;
  readonly sessionId: Uint8Array;
  readonly planOf: (circuit: Circuit) => Plan;
}

/** Steps of the garbler that a test replaces by those of one that cheats. */
export interface GarblerSteps {
  readonly Garbler: typeof PieceGarbler;
  readonly receiveMasked: typeof receiveMasked;
}

export const honestGarbler: GarblerSteps = { Garbler: PieceGarbler, receiveMasked };

/** @returns values of the wires of the garbler's outputs */
export async function runGarbler(
  { link, source, pool, random, garbler, evaluator, sessionId, planOf }: SessionState,
  { circuit, inputs, runId }: ProtocolRun,
  steps: GarblerSteps,
): Promise<Uint8Array> {
  const { delta } = source;
  const wires = allocateWires(circuit, planOf(circuit));
  const own = inputWires(circuit, garbler, inputs);
  const theirs = inputWires(circuit, evaluator, inputs).wires;
  pool.reserve(circuit.ands);
  await garblerInputs(link, source, random, wires, { own, theirs });
  const tables = new steps.Garbler(wires, delta, garblingHash(sessionId, runId));
  let ands = 0;
  for (const piece of wires.plan.pieces) {
    const triples = await pool.take(piece.ands);
    const products = await preprocessPiece(link, source, wires, piece, triples);
    const message = tables.garble(piece, products, ands);
    ands += piece.ands;
    if (piece.ands === 0) {
      setMasked(wires, piece, new Uint8Array(0));
      continue;
    }
    await link.send(kinds.tables, message);
    await steps.receiveMasked(link, delta, wires, piece);
    await proveGates(link, wires, piece, products);
  }
  await revealOutputs(link, wires, outputWires(circuit, evaluator));
  return learnOutputs(link, delta, wires, outputWires(circuit, garbler));
}

/** @returns values of the wires of the evaluator's outputs. Its parts of the garbler's are opened when all its checks have passed */
export async function runEvaluator(
  { link, source, pool, garbler, evaluator, sessionId, planOf }: SessionState,
  { circuit, inputs, runId }: ProtocolRun,
): Promise<Uint8Array> {
  const { delta } = source;
  const wires = allocateWires(circuit, planOf(circuit));
  const own = inputWires(circuit, evaluator, inputs);
  const theirs = inputWires(circuit, garbler, inputs).wires;
  pool.reserve(circuit.ands);
  await evaluatorInputs(link, source, wires, { own, theirs });
  const gates = new PieceEvaluator(wires, garblingHash(sessionId, runId));
  let ands = 0;
  for (const piece of wires.plan.pieces) {
    const triples = await pool.take(piece.ands);
    const products = await preprocessPiece(link, source, wires, piece, triples);
    const message =
      piece.ands === 0 ? Buffer.alloc(0) : await link.receive(kinds.tables, tableBytes(piece.ands));
    const rows = 32 * piece.ands;
    const colours = link.unpack(message.subarray(rows), piece.ands);
    gates.evaluate(piece, products, message.subarray(0, rows), colours, ands);
    ands += piece.ands;
    if (piece.ands === 0) continue;
    await tellMasked(link, wires, piece);
    await verifyGates(link, delta, wires, piece, products);
  }
  const outputs = await learnOutputs(link, delta, wires, outputWires(circuit, evaluator));
  await revealOutputs(link, wires, outputWires(circuit, garbler));
  return outputs;
}

function garblingHash(sessionId: Uint8Array, runId: Uint8Array): TweakedHash {
  return new TweakedHash(publicKeyFor('malicious garbling', sessionId, runId));
}
