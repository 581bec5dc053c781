export { Sandbox, type UserFunction } from './sandbox.ts';
