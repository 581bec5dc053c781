/** Frames over growing trees, each size in a process of its own, and the proofs that they give. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FrameBenchOptions, FrameCost, FrameFigures } from '@hypergate/node/embedded/prover/bench';
import { cleanEnvironment } from '../../lib/target.ts';
import type { FrameAnswer } from './frame-child.ts';
import { figure, type Row } from './rows.ts';

const child = fileURLToPath(new URL('frame-child.ts', import.meta.url));

export function runFrames(options: FrameBenchOptions): Promise<FrameFigures> {
  const process = fork(child, [], { env: cleanEnvironment({}) });
  return new Promise((resolve, reject) => {
    process.once('exit', (code) => reject(new Error(`frames of ${options.records} ended with ${code}`)));
    process.once('message', (answer: FrameAnswer) => {
      if ('figures' in answer) resolve(answer.figures);
      else reject(new Error(`frames of ${options.records}: ${answer.error}`));
    });
    process.send(options);
  });
}

export function frameOf(figures: FrameFigures, changed: number): FrameCost | undefined {
  return figures.frames.find((frame) => frame.changed === changed);
}

const count = (n: number): string => n.toLocaleString('en');

/** Rows of the frame that the budget names. */
export function frameRows(figures: FrameFigures, changed: number): Row[] {
  const frame = frameOf(figures, changed);
  if (frame === undefined) return [];
  return [
    {
      what: `frame over ${count(changed)} changed of ${count(figures.records)}: CPU`,
      value: frame.cpuMs / 1000,
      unit: 's',
      reach: { atMost: 6 },
      note: `${figure(frame.wallMs / 1000, 's')} of time, ${figure(frame.writtenBytes / 2 ** 20, 'MiB')} written`,
    },
    {
      what: '  of it KZG',
      value: frame.kzgMs / 1000,
      unit: 's',
      reach: { atMost: 2 },
      reference: '35-70 s',
      note: `${frame.branches} branches, ${frame.values} children`,
    },
    { what: '  KZG per changed record', value: (1000 * frame.kzgMs) / changed, unit: 'us' },
  ];
}

/** KZG per changed record of a tree ten times the size, against the smaller one: as many changed, and a tenth of each. */
export function largeRows(small: FrameFigures, large: FrameFigures): Row[] {
  const perRecord = (figures: FrameFigures, changed: number): number =>
    (1000 * (frameOf(figures, changed)?.kzgMs ?? Number.NaN)) / changed;
  const [tenth, largeTenth] = [small.records / 10, large.records / 10];
  const same = perRecord(large, tenth);
  return [
    {
      what: `KZG per changed record at ${count(large.records)}: ${count(tenth)} changed`,
      value: same,
      unit: 'us',
      note: `at ${count(small.records)} ${figure(perRecord(small, tenth), 'us')}`,
    },
    {
      what: '  against the smaller tree',
      value: same / perRecord(small, tenth),
      unit: 'x',
      reach: { atMost: 1.5 },
      note: 'a tree grows another level at once when its 64 leaves are full',
    },
    {
      what: `  ${count(largeTenth)} changed, against the smaller tree`,
      value: perRecord(large, largeTenth) / perRecord(small, tenth),
      unit: 'x',
      reach: { atMost: 1.5 },
      note: figure(perRecord(large, largeTenth), 'us'),
    },
  ];
}

/** Lines of the table of growth. */
export function growthTable(sizes: readonly FrameFigures[]): string {
  const head = ['records', 'bulk build', '1 % changed', '10 % changed', 'KZG of it', 'one changed', 'none'];
  const rest = ['prove', 'verify', 'path', 'proof', 'file', 'memory'];
  const rows = sizes.map((figures) => {
    const { records, build, emptyFrame, proof, fileBytes, rssBytes } = figures;
    const cpu = (changed: number): string => seconds(frameOf(figures, changed)?.cpuMs);
    return [
      count(records),
      seconds(build.cpuMs),
      cpu(records / 100),
      cpu(records / 10),
      seconds(frameOf(figures, records / 10)?.kzgMs),
      cpu(1),
      seconds(emptyFrame.cpuMs),
      figure(proof.makeMs, 'ms'),
      figure(proof.verifyMs, 'ms'),
      figure(proof.pathBytes, 'B'),
      figure(proof.portableBytes, 'B'),
      figure(fileBytes / 2 ** 20, 'MiB'),
      figure(rssBytes / 2 ** 20, 'MiB'),
    ];
  });
  const all = [[...head, ...rest], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, at) => cell.padStart(widths[at]!)).join('  ')).join('\n');
}

function seconds(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 1000 ? figure(ms, 'ms') : figure(ms / 1000, 's');
}
