/**
 * Fixed bases. A base's table (445,440 bytes, about 3 ms) is made when the base is first multiplied, once per instance: lists
 * of bases that share points share tables, and tables live as long as the instance.
 */
import { bytesToHex } from '@noble/curves/utils.js';
import type { FixedBases, G1 } from '../curve.ts';
import { g1Bytes, getG1, isNull, putG1 } from './elements.ts';
import type { KernelInstance } from './instance.ts';
import { kernelLimits } from './limits.ts';
import { multiSumG1 } from './multi-sum.ts';
import { checkScalar, signedWindows } from './scalars.ts';
import {
  fixedRoomBytes,
  fixedTableBytes,
  fixedWindowBits,
  fixedWindows,
  pairRoomBytes,
} from './table-shape.ts';

/** Tables of an instance, by the bytes of their points. */
export class FixedTables {
  readonly #kernel: KernelInstance;
  readonly #addresses = new Map<string, number>();
  readonly #tablesMax: number;

  constructor(kernel: KernelInstance, tablesMax: number = kernelLimits.fixedTablesMax) {
    this.#kernel = kernel;
    this.#tablesMax = tablesMax;
  }

  /** Address of a base's table, made now if need be; undefined when there are too many. Starts an operation. */
  of(base: G1, name: string): number | undefined {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    if (this.#addresses.size >= this.#tablesMax) return undefined;
    this.#kernel.begin();
    const table = this.#kernel.allocate(fixedTableBytes);
    const point = putG1(this.#kernel, base);
    const room = this.#kernel.take(fixedRoomBytes);
    this.#kernel.call.g1FixedTable(table, point, room);
    this.#addresses.set(name, table);
    return table;
  }
}

interface Entry {
  readonly index: number;
  readonly scalar: bigint;
}

export function fixedBases(
  kernel: KernelInstance,
  tables: FixedTables,
  identity: G1,
  points: readonly G1[],
): FixedBases {
  const bases = points.map((point) => {
    kernel.begin();
    putG1(kernel, point);
    return { point: point.slice() as G1, name: bytesToHex(point), isIdentity: isNull(point) };
  });

  const partSum = (start: G1, entries: readonly Entry[]): G1 => {
    const withTable: { table: number; scalar: bigint }[] = [];
    const without: { point: G1; scalar: bigint }[] = [];
    for (const { index, scalar } of entries) {
      const base = bases[index];
      if (base === undefined) throw new RangeError(`no base has the index ${index}`);
      if (checkScalar(scalar) === 0n || base.isIdentity) continue;
      const table = tables.of(base.point, base.name);
      if (table === undefined) without.push({ point: base.point, scalar });
      else withTable.push({ table, scalar });
    }
    const rest =
      without.length === 0
        ? identity
        : multiSumG1(
            kernel,
            identity,
            without.map(({ point }) => point),
            without.map(({ scalar }) => scalar),
          );
    kernel.begin();
    // All entries of all tables, and the two points, are summed together.
    const room = kernel.take((withTable.length * fixedWindows + 2) * g1Bytes);
    const digits = kernel.take(fixedWindows);
    const inverses = kernel.take((withTable.length * fixedWindows + 2) * pairRoomBytes);
    putG1(kernel, start, room);
    putG1(kernel, rest, room + g1Bytes);
    let end = room + 2 * g1Bytes;
    const view = new Int8Array(kernel.view.buffer, digits, fixedWindows);
    for (const { table, scalar } of withTable) {
      signedWindows(scalar, fixedWindowBits, fixedWindows, (window, digit) => {
        view[window] = digit;
      });
      end = kernel.call.g1FixedGather(end, table, digits);
    }
    kernel.call.g1AffineSum(room, (end - room) / g1Bytes, inverses);
    return getG1(kernel, room);
  };

  const sumOf = (start: G1, entries: readonly Entry[]): G1 => {
    let sum = partSum(start, entries.slice(0, kernelLimits.fixedSumMax));
    for (let from = kernelLimits.fixedSumMax; from < entries.length; from += kernelLimits.fixedSumMax) {
      sum = partSum(sum, entries.slice(from, from + kernelLimits.fixedSumMax));
    }
    return sum;
  };

  return {
    length: points.length,
    sum(scalars) {
      if (scalars.length > points.length) throw new RangeError('more scalars than bases');
      return sumOf(
        identity,
        [...scalars].flatMap((scalar, index) => (scalar === undefined ? [] : [{ index, scalar }])),
      );
    },
    addTo: sumOf,
  };
}
