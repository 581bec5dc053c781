/** LOLWUT: a hypercube turns a little with each second, drawn in characters; and the version. */
import type { CommandRow } from '../engine/command.ts';
import { notInteger } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import { hypergateVersion, redisVersion } from '../engine/version.ts';

const sizeDefault = { columns: 60, rows: 24 };
const sizeMax = 200;

export const lolwutCommands: CommandRow[] = [
  {
    name: 'lolwut',
    arity: -1,
    flags: ['readonly', 'fast'],
    categories: [],
    group: 'server',
    since: '5.0.0',
    complexity: 'O(1)',
    summary: 'Shows a picture and the version.',
    syntax: '[VERSION version [columns [rows]]]',
    run(call, args) {
      const numbers = args.slice(1).filter((_, i) => i !== 0 || args[1]!.toLowerCase() !== 'version');
      const parsed = numbers.map((word) => {
        const value = parseInteger(word);
        if (value === undefined && args[1]!.toLowerCase() === 'version') throw notInteger;
        return Number(value ?? 0);
      });
      const columns = bounded(parsed[1], sizeDefault.columns);
      const rows = bounded(parsed[2], sizeDefault.rows);
      const picture = drawHypercube(columns, rows, Math.floor(call.now / 1000));
      call.reply.verbatim('txt', `${picture}\nHypergate ${hypergateVersion}. Redis ver. ${redisVersion}\n`);
    },
  },
];

function bounded(size: number | undefined, otherwise: number): number {
  return size === undefined || size < 1 ? otherwise : Math.min(size, sizeMax);
}

/** The 32 edges of a four-dimensional cube, turned in two planes and seen from afar. */
function drawHypercube(columns: number, rows: number, turn: number): string {
  const canvas = Array.from({ length: rows }, () => new Array<string>(columns).fill(' '));
  const points = Array.from({ length: 16 }, (_, corner) => project(corner, turn / 7, columns, rows));
  for (let corner = 0; corner < 16; corner++) {
    for (let axis = 1; axis < 16; axis *= 2) {
      if ((corner & axis) === 0) drawLine(canvas, points[corner]!, points[corner | axis]!);
    }
  }
  for (const [x, y] of points) canvas[y]![x] = 'o';
  return canvas.map((line) => line.join('').trimEnd()).join('\n');
}

function project(corner: number, angle: number, columns: number, rows: number): [number, number] {
  const [x, y, z, w] = [1, 2, 4, 8].map((bit) => (corner & bit ? 1 : -1)) as [number, number, number, number];
  const x1 = x * Math.cos(angle) - w * Math.sin(angle);
  const w1 = x * Math.sin(angle) + w * Math.cos(angle);
  const y1 = y * Math.cos(angle / 2) - z * Math.sin(angle / 2);
  const z1 = y * Math.sin(angle / 2) + z * Math.cos(angle / 2);
  const scale = 1 / ((3.2 - w1) * (1 - z1 / 8));
  const clamp = (value: number, most: number): number => Math.min(Math.max(Math.round(value), 0), most);
  return [
    clamp((x1 * scale * 0.9 + 0.5) * (columns - 1), columns - 1),
    clamp((y1 * scale * 0.9 + 0.5) * (rows - 1), rows - 1),
  ];
}

function drawLine(canvas: string[][], from: readonly [number, number], to: readonly [number, number]): void {
  const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
  for (let i = 1; i < steps; i++) {
    const x = Math.round(from[0] + ((to[0] - from[0]) * i) / steps);
    const y = Math.round(from[1] + ((to[1] - from[1]) * i) / steps);
    canvas[y]![x] = '.';
  }
}
