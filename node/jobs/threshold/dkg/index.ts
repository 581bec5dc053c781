/** How keys that are scalars come to be, and what custodians say of keys of every scheme. */
import type { Handler } from '../party.ts';
import { createHandlers } from './create-handlers.ts';
import { revealHandler } from './dispute.ts';
import { finishHandlers } from './finish.ts';
import { importHandlers } from './import.ts';
import { stateHandlers } from './states.ts';

export { createFieldKey } from './create.ts';
export { importFieldKey } from './import.ts';
export { eraseSlots } from './key-slots.ts';
export { learnCommon } from './states.ts';

export const handlers: readonly Handler[] = [
  ...createHandlers,
  ...importHandlers,
  ...finishHandlers,
  ...stateHandlers,
  revealHandler,
];
