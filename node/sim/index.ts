/** Simulated modules for tests: nothing else imports this folder. */
export * from './clock.ts';
export * from './plain-prover.ts';
export * from './random.ts';
export * from './sim-disk.ts';
export * from './sim-key-value-store.ts';
