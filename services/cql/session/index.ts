export { type EventListener, Events, wireChange } from './events.ts';
export { type Answered, type Asked, Executor, type ExecutorModules, type Session } from './executor.ts';
export { pagingSeal } from './paging-seal.ts';
export { PreparedCache } from './prepared-cache.ts';
export type { KeptStatement } from './statement-cache.ts';
export {
  type BatchKind,
  type BoundStatement,
  type DataStatements,
  hasSecret,
  type PrepareContext,
  prepareStatement,
  type StatementModules,
} from './statements.ts';
export { type Trace, type TracedRequest, Tracing, tracedText } from './tracing.ts';
