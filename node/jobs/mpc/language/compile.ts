/** Source to circuit. */
import type { Circuit } from '../circuit/circuit.ts';
import { Budget } from './budget.ts';
import { checkProgram } from './check/check-program.ts';
import type { Program } from './check/tree.ts';
import { type CompileWarning, SourceText } from './errors.ts';
import { generate, outputName } from './generate/generate.ts';
import type { ProgramInterface, ValueType } from './interface/program-interface.ts';
import { type CompileLimits, languageLimits } from './limits.ts';
import { parse } from './syntax/parser.ts';
import { warningsOf } from './warnings.ts';

export interface CompileOptions {
  /** For messages. */
  readonly fileName?: string;
  readonly limits?: Partial<CompileLimits>;
}

/** A source that means something. It can be run in the clear, and holds no gates. */
export interface CheckedProgram {
  readonly program: Program;
  readonly interface: ProgramInterface;
}

export interface CompiledProgram extends CheckedProgram {
  readonly circuit: Circuit;
  readonly warnings: readonly CompileWarning[];
}

/**
 * Nothing of the source is run as JavaScript. The same source gives the same circuit, gate by gate.
 * @throws CompileError at the first place where something is wrong
 */
export function compile(
  source: string,
  { fileName = 'source.mpc.ts', limits = {} }: CompileOptions = {},
): CompiledProgram {
  const text = new SourceText(source, fileName);
  const budget = new Budget(text, { ...languageLimits, ...limits });
  if (source.length > budget.limits.sourceCharsMax) {
    const most = budget.limits.sourceCharsMax;
    throw budget.limit({ start: most, end: source.length }, `a source has at most ${most} characters`);
  }
  try {
    return compileText(text, budget);
  } catch (error) {
    // The limits keep well below the stack of a process; who calls from deep within has less of it.
    if (!(error instanceof RangeError && error.message.includes('call stack'))) throw error;
    throw text.error('limit', { start: 0, end: 0 }, 'the source nests deeper than the stack is', {
      cause: error,
    });
  }
}

function compileText(text: SourceText, budget: Budget): CompiledProgram {
  const program = checkProgram(text, parse(text), budget);
  const { circuit, constants } = generate(text, program, budget);
  const warnings = warningsOf(text, program, circuit, constants);
  return { program, circuit, warnings, interface: interfaceOf(program) };
}

function interfaceOf(program: Program): ProgramInterface {
  return {
    version: 1,
    parties: program.parties,
    inputs: program.inputs.map(({ party, name, type }) => ({ party, name, type: type as ValueType })),
    outputs: program.outputs.map((output, i) => ({
      name: output.name,
      port: outputName(program, output, i),
      to: output.to,
      type: output.type as ValueType,
    })),
  };
}
