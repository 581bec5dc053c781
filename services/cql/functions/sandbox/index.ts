export { loadSandboxModules, Sandbox, type SandboxModules, type UserFunction } from './sandbox.ts';
