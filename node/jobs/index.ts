/** Work that the node does for its callers beside its state: pure, bounded in time and size, in threads of its own. */
export { type JobKind, type JobLane, type JobModule, jobKinds } from './kinds.ts';
export { jobLimits } from './limits.ts';
export { JobRefused } from './messages.ts';
export { JobRunner } from './runner.ts';
