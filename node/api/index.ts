export * from './custody.ts';
export * from './errors.ts';
export * from './jobs.ts';
export * from './keys.ts';
export * from './limits.ts';
export * from './ports.ts';
export * from './types.ts';
