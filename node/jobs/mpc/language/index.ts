/**
 * Circuits from a typed source that is a part of TypeScript. README.md says what the language is.
 *
 * Not supported: anything that is not known to end while compiling (loops and recursions without a known bound), floating-point
 * numbers, strings, closures, methods, classes, `switch`, exceptions. Each is answered with an error that says so.
 */
export { type CheckedProgram, type CompiledProgram, type CompileOptions, compile } from './compile.ts';
export {
  CompileError,
  type CompileErrorCode,
  type CompileWarning,
  type CompileWarningCode,
} from './errors.ts';
export { type DecodeOptions, decodeOutput, type OutputValue } from './interface/decode.ts';
export { encodeInput } from './interface/encode.ts';
export { plainInterface } from './interface/plain-interface.ts';
export {
  checkInterface,
  type InterfaceInput,
  type InterfaceOutput,
  type ProgramInterface,
  parseInterface,
  type ValueType,
} from './interface/program-interface.ts';
export { InterfaceError, ValueError } from './interface/value-error.ts';
export { type CompileLimits, languageLimits } from './limits.ts';
export {
  decodeParty,
  encodeInputs,
  encodeParty,
  type ProgramInputs,
  type ProgramResults,
  runCircuitInClear,
  runInClear,
} from './run-in-clear.ts';
