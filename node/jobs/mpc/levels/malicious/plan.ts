/**
 * A circuit in pieces that are preprocessed, garbled, sent, evaluated and checked one after the other, and where wires are kept:
 * in slots that are free again when the piece that reads them last is done. So memory follows the wires that are alive together
 * and the size of a piece, not the circuit.
 */
import type { Circuit, Layer } from '../../circuit/circuit.ts';
import { CircuitError } from '../../errors.ts';
import { maliciousLimits } from './limits.ts';

export interface Piece {
  /** Parts of layers, in order. */
  readonly segments: readonly Layer[];
  /** Its gates: those of the segments, which follow each other. */
  readonly from: number;
  readonly end: number;
  readonly ands: number;
}

export interface Plan {
  readonly pieces: readonly Piece[];
  readonly slots: number;
  /** By wire. */
  readonly slotOf: Uint32Array;
}

export interface PieceSizes {
  readonly ands: number;
  readonly gates: number;
}

const largest: PieceSizes = { ands: maliciousLimits.pieceAndsMax, gates: maliciousLimits.pieceGatesMax };

const plans = new WeakMap<Circuit, Plan>();

/** The plan of a circuit, made once. */
export function planOf(circuit: Circuit): Plan {
  let plan = plans.get(circuit);
  if (plan === undefined) {
    plan = makePlan(circuit, largest);
    plans.set(circuit, plan);
  }
  return plan;
}

export function makePlan(circuit: Circuit, sizes: PieceSizes): Plan {
  const pieces = cut(circuit, sizes);
  return { pieces, ...assignSlots(circuit, pieces) };
}

function cut({ layers }: Circuit, sizes: PieceSizes): Piece[] {
  const pieces: Piece[] = [];
  let segments: Layer[] = [];
  let [ands, gates] = [0, 0];
  const close = () => {
    if (segments.length > 0) {
      pieces.push({ segments, from: segments[0]!.linearFrom, end: segments.at(-1)!.end, ands });
    }
    segments = [];
    [ands, gates] = [0, 0];
  };
  let at = 0;
  for (const { linearFrom, andFrom, end } of layers) {
    if (linearFrom !== at) throw new CircuitError('layers of a circuit that do not follow each other');
    while (at < end) {
      if (ands === sizes.ands || gates >= sizes.gates) close();
      const linearEnd = Math.min(Math.max(at, andFrom), at + sizes.gates - gates);
      const to = linearEnd < andFrom ? linearEnd : Math.min(end, linearEnd + sizes.ands - ands);
      segments.push({ linearFrom: at, andFrom: linearEnd, end: to });
      ands += to - linearEnd;
      gates += to - at;
      at = to;
    }
  }
  close();
  return pieces;
}

const unread = 0xffffffff;
/** Larger than any piece. */
const forever = 0xfffffffe;

function assignSlots(circuit: Circuit, pieces: readonly Piece[]): { slots: number; slotOf: Uint32Array } {
  const { inputBits, left, right, wires } = circuit;
  const lastRead = new Uint32Array(wires).fill(unread);
  for (const [index, { from, end }] of pieces.entries()) {
    for (let gate = from; gate < end; gate++) {
      lastRead[left[gate]!] = index;
      lastRead[right[gate]!] = index;
    }
  }
  for (const output of circuit.outputs) for (const wire of output.wires) lastRead[wire] = forever;

  const slotOf = new Uint32Array(wires);
  for (let wire = 0; wire < inputBits; wire++) slotOf[wire] = wire;
  let slots = inputBits;
  const free: number[] = [];
  const release = (wire: number) => {
    free.push(slotOf[wire]!);
    lastRead[wire] = forever;
  };
  for (const [index, { from, end }] of pieces.entries()) {
    for (let gate = from; gate < end; gate++) slotOf[inputBits + gate] = free.pop() ?? slots++;
    for (let gate = from; gate < end; gate++) {
      if (lastRead[left[gate]!] === index) release(left[gate]!);
      if (lastRead[right[gate]!] === index) release(right[gate]!);
      if (lastRead[inputBits + gate] === unread) release(inputBits + gate);
    }
  }
  return { slots, slotOf };
}
