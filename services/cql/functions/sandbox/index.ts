export { type AggregateFunctions, aggregateFunctions, UserAggregate } from './aggregate.ts';
export { loadSandboxModules, Sandbox, type SandboxModules, type UserFunction } from './sandbox.ts';
