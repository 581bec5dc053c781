/**
 * The verifiable delay function: Wesolowski's proof over class groups of imaginary quadratic fields, the difficulty rule of its
 * frames, and calibration. Everything here runs in browsers; the worker that nodes evaluate in is `@hypergate/node/crypto/vdf/worker`.
 *
 * It proves that `iterations` squarings were done one after another, by someone, since the challenge was known; not that any
 * amount of time passed: dedicated hardware and tuned native code square several times faster than this code.
 * Lengths below 2,048 bits are for test networks. Sets of answers of the reference protocol: `reference.ts`, not exported here.
 */
export { type AsertAnchor, type AsertParameters, asertDifficulty, referenceAsert } from './asert.ts';
export {
  type CalibrationOptions,
  type IterationBudget,
  iterationsFor,
  measureSquaringRate,
} from './calibrate.ts';
export { type ChallengeGroup, discriminantAt, discriminantOf, type SearchOptions } from './discriminant.ts';
export { type Control, type Evaluation, evaluate, prove, VdfAbortedError } from './evaluate.ts';
export { type ClassGroup, classGroup, type Form } from './form.ts';
export { decodeElement, encodeElement, outputBytes } from './format/v1.ts';
export { vdfLimits } from './limits.ts';
export { type Solution, type Statement, solve, solveIn } from './solve.ts';
export { type Refusal, refusal, refusalIn, refusalWithHint, verify, verifyWithHint } from './verify.ts';
