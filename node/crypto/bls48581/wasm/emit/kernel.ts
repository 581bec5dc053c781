/**
 * The whole module: its routines, and the names under which the host and the tests see them. `heapStart` is the first address
 * that the host may use.
 */
import { Const, global, Module } from 'wasmati';
import { inverse, p } from '../numbers.ts';
import { affineSum, chord } from './affine-sum.ts';
import { forRange, invoke, Layout, type Routine, routine } from './asm.ts';
import { constantLimbs } from './constants.ts';
import { equation, mapToCurve, pointFromX, validity } from './curve-points.ts';
import { linearMaker, primeField } from './field.ts';
import { fixedBase } from './fixed-base.ts';
import { fp48 as makeFp48 } from './fp48.ts';
import { multiSum, pippenger } from './multi-sum.ts';
import { pairing as makePairing } from './pairing.ts';
import { points } from './points.ts';
import { secretMultiplication } from './secret.ts';
import { g1Subgroup, g2Subgroup, timesSeed } from './subgroup.ts';
import { type Level, nonResidues, quadratic } from './tower.ts';
import { xyzzPoints } from './xyzz.ts';

/** Bytes for constants, from address 0. */
export const constantsMax = 65_536;

/** 1 / xi = k j (i - 1) / 2, the twist's b, as coordinates over Fp. */
const half = inverse(2n, p);
const twistB = [0n, 0n, 0n, 0n, 0n, 0n, -half, half];

export interface KernelOptions {
  /** Stops at operands beyond the bounds that the arithmetic rests on. Slower; for tests. */
  readonly checked?: boolean;
  /** Exports the fields' routines too, as `fp8_mul`, for tests and measurements. */
  readonly internals?: boolean;
}

/** The module's bytes. */
export function kernel(options: KernelOptions = {}): Uint8Array {
  const layout = new Layout(constantsMax);
  const exported = kernelRoutines(layout, options);
  const functions = Object.fromEntries(Object.entries(exported).map(([name, { func }]) => [name, func]));
  const heapStart = global(Const.i32(layout.end));
  return Module({ exports: { memory: layout.memory(), heapStart, ...functions } }).toBytes();
}

/** The exported routines by name; the layout takes their constants and temporaries. */
export function kernelRoutines(
  layout: Layout,
  { checked = false, internals = false }: KernelOptions,
): Readonly<Record<string, Routine>> {
  const make = linearMaker();
  const prime = primeField(layout, make, checked);
  const fp: Level = { ...prime, dimension: 1, nonResidue: nonResidues[0]! };
  const fp2 = quadratic(layout, make, prime, fp, nonResidues[1]);
  const fp4 = quadratic(layout, make, prime, fp2, nonResidues[2]);
  const fp8 = quadratic(layout, make, prime, fp4, nonResidues[3]);
  const fp16 = quadratic(layout, make, prime, fp8, undefined);
  const fp48 = makeFp48(layout, make, prime, { fp2, fp8, fp16 });
  const pairing = makePairing(layout, make, prime, fp8, fp48);

  const g1 = points(layout, prime);
  const g1Xyzz = xyzzPoints(layout, prime);
  const g1Seed = timesSeed(layout, g1);
  const g1Group = g1Subgroup(layout, prime, g1, g1Seed);
  const g1Equation = equation(layout, prime, prime.one);
  const g1Multi = multiSum(layout, prime, g1);
  const g1Chord = chord(layout, prime);
  const g1Fixed = fixedBase(layout, prime, g1, g1Multi.batchToAffine, g1Chord);

  const g2 = points(layout, fp8);
  const g2Group = g2Subgroup(layout, make, fp2, fp8, g2, timesSeed(layout, g2));
  const g2Equation = equation(layout, fp8, constantLimbs(layout, ...twistB));
  const g2Multi = multiSum(layout, fp8, g2);

  const exported: Record<string, Routine> = {
    fpMontgomery: prime.montgomery,
    fpPlain: prime.plain,
    fpCanonical: prime.canonical,
    fpIsOdd: prime.isOdd,

    g1Double: g1.double,
    g1Add: g1.add,
    g1AddAffine: g1.addAffine,
    g1FromAffine: g1.fromAffine,
    g1ToAffine: g1.toAffine,
    g1Signed: g1.signed,
    g1TimesSeed: g1Seed,
    g1Endomorphism: g1Group.endomorphism,
    g1InSubgroup: g1Group.contains,
    g1IsValid: validity(layout, prime, g1Equation),
    g1FromX: pointFromX(layout, prime, g1Equation),
    g1Map: mapToCurve(layout, make, prime, g1Equation),
    g1OddTables: g1Multi.oddTables,
    g1Straus: g1Multi.straus,
    g1Pippenger: pippenger(layout, g1, g1Xyzz),
    g1Secret: secretMultiplication(layout, prime, constantLimbs(layout, 3n)),
    g1FixedTable: g1Fixed.table,
    g1FixedGather: g1Fixed.gather,
    g1AffineSum: affineSum(layout, prime, g1Chord, g1Xyzz),
    g1XyzzToAffine: g1Xyzz.toAffine,

    g2Add: g2.add,
    g2Double: g2.double,
    g2FromAffine: g2.fromAffine,
    g2ToAffine: g2.toAffine,
    g2Signed: g2.signed,
    g2Endomorphism: g2Group.endomorphism,
    g2InSubgroup: g2Group.contains,
    g2IsValid: validity(layout, fp8, g2Equation),
    g2FromX: pointFromX(layout, fp8, g2Equation),
    g2OddTables: g2Multi.oddTables,
    g2Straus: g2Multi.straus,
    g2Secret: secretMultiplication(layout, fp8, constantLimbs(layout, ...twistB.map((value) => 3n * value))),

    pairingPrepare: pairing.prepare,
    pairingPrepareG1: pairing.prepareG1,
    pairingMiller: pairing.millerLoop,
    pairingMultiply: fp48.mul,
    pairingPower: pairing.finalPower,
    pairingIsOne: pairing.isOne,
  };
  if (internals) {
    const fields = { fp, fp2, fp4, fp8, fp16, fp48, frobenius: fp48.frobenius, g1, g1Xyzz };
    for (const [prefix, routines] of Object.entries(fields)) {
      for (const [name, value] of Object.entries(routines)) {
        if (isRoutine(value)) exported[`${prefix}_${name}`] = value;
      }
    }
    exported.repeatMul = repeated(prime.mul);
  }
  return exported;
}

const isRoutine = (value: unknown): value is Routine =>
  typeof value === 'object' && value !== null && 'func' in value;

/** (target, a, b, count): the routine so many times, without leaving WebAssembly. */
const repeated = (step: Routine) =>
  routine({ args: 4, i32: 1 }, ({ args: [target, a, b, count], i32: [turn] }) => {
    forRange(turn!, 0, count!, 1, () => invoke(step, target!, a!, b!));
  });
