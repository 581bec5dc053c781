/** Measurements of garbling, transfers, channels and sessions, for benchmarks. One repetition each: rounds are the caller's. */
export { type ChannelFigures, measureChannel } from './channel.ts';
export { type BenchCase, type BenchCircuit, benchCase } from './circuits.ts';
export type { Cost } from './costs.ts';
export { type GarblingCost, garblingOf } from './garbling.ts';
export { layeredCircuit } from './kernel.ts';
export { type BenchSession, openBenchSession, type SessionPlan } from './sessions.ts';
export { openTransfers, type TransferBench } from './transfers.ts';
