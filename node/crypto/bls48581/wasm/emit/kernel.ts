/** The whole module. */
import { Module } from 'wasmati';
import { Layout, type Routine } from './asm.ts';
import { linearMaker, primeField } from './field.ts';
import { fp48 as makeFp48 } from './fp48.ts';
import { pairing as makePairing } from './pairing.ts';
import { points } from './points.ts';
import { type Level, nonResidues, quadratic } from './tower.ts';

const constantsMax = 65_536;

export function kernel() {
  const layout = new Layout(constantsMax);
  const make = linearMaker();
  const prime = primeField(layout, make);
  const fp: Level = { ...prime, dimension: 1, nonResidue: nonResidues[0]! };
  const fp2 = quadratic(layout, make, prime, fp, nonResidues[1]);
  const fp4 = quadratic(layout, make, prime, fp2, nonResidues[2]);
  const fp8 = quadratic(layout, make, prime, fp4, nonResidues[3]);
  const fp16 = quadratic(layout, make, prime, fp8, undefined);
  const fp48 = makeFp48(layout, make, prime, { fp2, fp8, fp16 });
  const pairing = makePairing(layout, make, prime, fp8, fp48);
  const g1 = points(layout, prime);
  const g2 = points(layout, fp8);
  const exported: Record<string, Routine> = {};
  const add = (prefix: string, routines: object) => {
    for (const [name, routine] of Object.entries(routines)) {
      if (typeof routine === 'object' && routine !== null && 'func' in routine) exported[`${prefix}_${name}`] = routine as Routine;
    }
  };
  add('fp', prime); add('fp2', fp2); add('fp4', fp4); add('fp8', fp8); add('fp16', fp16); add('fp48', fp48); add('pairing', pairing); add('g1', g1); add('g2', g2);
  for (const e of [1, 2, 4, 8] as const) exported[`fp48_frob${e}`] = fp48.frobenius[e];
  const functions = Object.fromEntries(Object.entries(exported).map(([name, { func }]) => [name, func]));
  const bytes = Module({ exports: { memory: layout.memory(), ...functions } }).toBytes();
  return { bytes, heapStart: layout.end };
}
