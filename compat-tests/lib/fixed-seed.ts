/** Imported before fast-check where HYPERGATE_SEED is set: all properties of the run take their examples from that seed. */
import { createHash } from 'node:crypto';
import { configureGlobal } from 'fast-check';

const { HYPERGATE_SEED } = process.env;
if (HYPERGATE_SEED !== undefined)
  configureGlobal({ seed: createHash('sha256').update(HYPERGATE_SEED).digest().readInt32LE(0) });
