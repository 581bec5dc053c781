/**
 * HMAC keys of which no custodian has the whole, and whose MACs are those of HMAC (FIPS 198-1). Four custodians, of which one may do
 * anything. What is shared is not the key but the two chaining values after its block, so that nothing is spent on them at each call,
 * and three custodians compute a MAC with a garbled circuit (Mohassel, Rosulek, Zhang, CCS 2015).
 *
 * pieces.ts: how a key is shared. handlers/create.ts: how it is made. compute.ts: how MACs are computed. handlers/refresh.ts: how pieces
 * are made anew. Not supported: other numbers of custodians; messages of more than 4096 bytes; hiding the message from custodians.
 */
import type { Handler } from '../party.ts';
import { computeHandler, drawHandler } from './handlers/create.ts';
import { handOverHandler } from './handlers/hand-over.ts';
import { importHandler } from './handlers/import.ts';
import { keepHandler } from './handlers/keep.ts';
import { dealHandler, prepareHandler, refreshDropHandler, refreshKeepHandler } from './handlers/refresh.ts';
import { runHandler } from './handlers/run.ts';

export { prepareCircuits } from './circuits.ts';
export { createMac } from './coordinator/create.ts';
export { importMac } from './coordinator/import.ts';
export { performMac } from './coordinator/perform.ts';
export { recoverMac } from './coordinator/recover.ts';
export { refreshMac } from './coordinator/refresh.ts';
export { macRows } from './coordinator/rows.ts';
export { macLimits } from './limits.ts';
export type { Links, LinkTimes } from './links.ts';
export { closeMeetings } from './meetings.ts';
export { type MacScheme, macSchemeOf, macSchemes } from './schemes.ts';

export const macHandlers: readonly Handler[] = [
  drawHandler,
  computeHandler,
  importHandler,
  keepHandler,
  handOverHandler,
  runHandler,
  dealHandler,
  prepareHandler,
  refreshKeepHandler,
  refreshDropHandler,
];
