/** Frames and proofs of one size, as figures. */
import { loadWasmCurve } from '../../../crypto/bls48581/wasm/index.ts';
import { defaultVerifierKey } from '../../../crypto/srs/default/index.ts';
import { makeProof } from '../../../proving/make-proof.ts';
import type { ItemContent } from '../../../proving/messages.ts';
import { createVerifierOver } from '../../../verifier/index.ts';
import { median } from './costs.ts';
import { type FrameCost, FrameWorld, type FrameWorldOptions } from './frame-world.ts';
import type { BenchRecord } from './records.ts';

export interface FrameBenchOptions extends FrameWorldOptions {
  /** Records changed, in frames of their own. */
  readonly changes: readonly number[];
  /** Frames of each kind. */
  readonly rounds: number;
  readonly proofs: number;
  /** Of the delay function behind the last proof. */
  readonly iterations: number;
}

export interface ProofFigures {
  /** Tree proof of an inclusion in the adds and of an absence in the removes. */
  readonly pathBytes: number;
  readonly pathBytesMax: number;
  /** With header, genesis document, content of the record and the path into the frame. */
  readonly portableBytes: number;
  /** The same without the content. */
  readonly portableBytesBare: number;
  readonly delayedBytes: number;
  readonly makeMs: number;
  readonly verifyMs: number;
  readonly verifyDelayedMs: number;
  /** For whoever wants to check one elsewhere, in base64. */
  readonly proof: string;
  readonly delayedProof: string;
  readonly trustRoot: string;
}

export interface FrameFigures {
  readonly records: number;
  readonly leafAtomsMax: number;
  readonly threads: number;
  readonly build: FrameCost;
  /** Medians by number of changed records. */
  readonly frames: readonly FrameCost[];
  readonly emptyFrame: FrameCost;
  readonly proof: ProofFigures;
  readonly fileBytes: number;
  readonly liveBytes: number;
  readonly rssBytes: number;
  readonly rssBytesBefore: number;
}

export async function measureFrames(options: FrameBenchOptions): Promise<FrameFigures> {
  await using world = await FrameWorld.open(options);
  const rssBytesBefore = process.memoryUsage.rss();
  const build = await world.build();
  const frames: FrameCost[] = [];
  for (const changed of options.changes) {
    const costs: FrameCost[] = [];
    for (let round = 0; round < options.rounds; round += 1) costs.push(await world.frame(changed));
    frames.push(medians(costs));
  }
  const rssBytes = process.memoryUsage.rss();
  const { fileBytes, liveBytes } = await world.forest.status();
  const empty: FrameCost[] = [];
  for (let round = 0; round < Math.max(3, options.rounds); round += 1) empty.push(await world.frame(0));
  const proof = await measureProofs(world, options);
  const { records, leafAtomsMax, threads } = options;
  const common = { records, leafAtomsMax, threads, build, frames, emptyFrame: medians(empty) };
  return { ...common, proof, fileBytes, liveBytes, rssBytes, rssBytesBefore };
}

function medians(costs: readonly FrameCost[]): FrameCost {
  const of = (what: keyof FrameCost): number => median(costs.map((cost) => cost[what]));
  return {
    changed: of('changed'),
    wallMs: of('wallMs'),
    cpuMs: of('cpuMs'),
    kzgMs: of('kzgMs'),
    branches: of('branches'),
    values: of('values'),
    writtenBytes: of('writtenBytes'),
  };
}

interface MadeProof {
  readonly bytes: Uint8Array;
  readonly ms: number;
}

async function measureProofs(world: FrameWorld, options: FrameBenchOptions): Promise<ProofFigures> {
  const verifier = createVerifierOver({ curve: await loadWasmCurve(), keys: [defaultVerifierKey] });
  const { trustRoot } = world.maker;
  const verified = (proof: Uint8Array): number => {
    const at = performance.now();
    verifier.verify(proof, trustRoot);
    return performance.now() - at;
  };
  const { proofs } = options;
  const some = await world.probe(proofs);
  const paths = await Promise.all(some.map((record) => pathBytes(world, record)));
  const made: MadeProof[] = [];
  for (const record of some) made.push(await proofOf(world, record, false));
  // The first one compiles and prepares.
  const times = made.map(({ bytes }) => verified(bytes)).slice(1);
  await world.delayed(options.iterations);
  const [record] = (await world.probe(1)) as [BenchRecord];
  const delayed = (await proofOf(world, record, true)).bytes;
  const delayedTimes = Array.from({ length: Math.min(9, proofs) }, () => verified(delayed));
  const first = made[0]!.bytes;
  const portableBytes = median(made.map(({ bytes }) => bytes.length));
  return {
    pathBytes: median(paths),
    pathBytesMax: Math.max(...paths),
    portableBytes,
    portableBytesBare: portableBytes - world.records.content(record).length,
    delayedBytes: delayed.length,
    makeMs: median(made.map(({ ms }) => ms).slice(1)),
    verifyMs: median(times),
    verifyDelayedMs: median(delayedTimes),
    proof: Buffer.from(first).toString('base64'),
    delayedProof: Buffer.from(delayed).toString('base64'),
    trustRoot: Buffer.from(trustRoot).toString('hex'),
  };
}

async function pathBytes(world: FrameWorld, { slot, incarnation }: BenchRecord): Promise<number> {
  const key = Buffer.concat([slot, incarnation]);
  const { adds, removes } = world.sets;
  const result = await world.forest.prove([
    { tree: adds, kind: 'inclusion', key },
    { tree: removes, kind: 'absence', prefix: key },
  ]);
  if (result.kind === 'refused') throw new Error(`a record has no proof: ${result.reason}`);
  return result.bytes.length;
}

async function proofOf(world: FrameWorld, record: BenchRecord, delay: boolean): Promise<MadeProof> {
  const { maker, records, trees } = world;
  const { slot, incarnation, revision } = record;
  const atom = { incarnation, revision, content: records.content(record) };
  const item: ItemContent = { domain: records.domain, slot, kind: 'vertex', atom };
  const at = performance.now();
  const { genesisBytes, last } = maker;
  const proof =
    last === undefined ? undefined : await makeProof([item], delay, last, { genesisBytes, trees });
  if (proof === undefined) throw new Error('the last frame does not show what was written');
  return { bytes: proof, ms: performance.now() - at };
}
