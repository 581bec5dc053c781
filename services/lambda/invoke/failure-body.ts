/** What a caller gets of a function that did not answer, and how the log names it. */
import type { FunctionFailure } from '../executor/api.ts';
import { lambdaLimits } from '../limits.ts';

export interface FailureText {
  /** `Sandbox.Timedout`; undefined where the function names it in its own body. */
  readonly errorType: string | undefined;
  /** Of the log; undefined where the runtime logged it. @see failureBody */
  readonly sentence: string | undefined;
}

/** @param timeoutMs of the function's configuration */
export function failureText(failure: FunctionFailure, timeoutMs: number): FailureText {
  switch (failure.kind) {
    case 'handler':
    case 'init':
      return { errorType: undefined, sentence: undefined };
    case 'timeout':
      return {
        errorType: 'Sandbox.Timedout',
        sentence: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
      };
    case 'memory':
      return { errorType: 'Runtime.ExitError', sentence: 'Runtime exited with error: signal: killed' };
    case 'exit':
      return { errorType: 'Runtime.ExitError', sentence: exitSentence(failure.code, failure.signal) };
    case 'too-large':
      return {
        errorType: 'Function.ResponseSizeTooLarge',
        sentence: `Response payload size exceeded maximum allowed payload size (${lambdaLimits.responseMax} bytes).`,
      };
  }
}

/** JSON, as the body of the answer. */
export function failureBody(failure: FunctionFailure, requestId: string, timeoutMs: number): Uint8Array {
  if (failure.kind === 'handler' || failure.kind === 'init') return failure.body;
  const { errorType, sentence } = failureText(failure, timeoutMs);
  const errorMessage = failure.kind === 'too-large' ? sentence : `RequestId: ${requestId} Error: ${sentence}`;
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

/** `errorType` of a body that a function, or we, made. */
export function errorTypeOf(body: Uint8Array): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const found = (parsed as { errorType?: unknown } | null)?.errorType;
    if (typeof found === 'string' && found !== '') return found;
  } catch (error) {
    // A function may write as its error whatever it likes.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'Runtime.Unknown';
}

function exitSentence(code: number | undefined, signal: string | undefined): string {
  if (signal !== undefined) return `Runtime exited with error: signal: ${signalNames[signal] ?? signal}`;
  if (code === 0 || code === undefined) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${code}`;
}

/** As strsignal(3) puts them. */
const signalNames: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGILL: 'illegal instruction',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGTRAP: 'trace/breakpoint trap',
  SIGINT: 'interrupt',
  SIGXCPU: 'CPU time limit exceeded',
};
