/** How shares of keys that are scalars are made anew, given back, and handed over to other custodians. */
import type { Handler } from '../party.ts';
import { recoverHandlers } from './recover-handlers.ts';
import { refreshHandlers } from './refresh-handlers.ts';

export { handOverFieldKey } from './handover.ts';
export { joiningHandlers, leavingHandlers } from './handover-handlers.ts';
export { type HandoverPlan, handoverCommittee } from './handover-plan.ts';
export { recoverFieldKey } from './recover.ts';
export { refreshFieldKey } from './refresh.ts';

export const handlers: readonly Handler[] = [...refreshHandlers, ...recoverHandlers];
