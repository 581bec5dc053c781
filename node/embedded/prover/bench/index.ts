/** Measurements of frames, proofs and committing threads, for benchmarks. */
export { type Cost, costOf, median, medianMs } from './costs.ts';
export type { FrameCost } from './frame-world.ts';
export {
  type FrameBenchOptions,
  type FrameFigures,
  measureFrames,
  type ProofFigures,
} from './measure-frames.ts';
export { measureThreads, type ThreadFigures } from './measure-threads.ts';
