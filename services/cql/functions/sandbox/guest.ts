/** What a language is to the rest: functions are compiled once, and called any number of times. */
import type { StepLimit } from '../statement-work.ts';
import { sandboxLimits } from './limits.ts';
import type { Plain } from './plain.ts';
import type { Image } from './wasm/machine.ts';

/** A compiled function: the state of its machine, and where the function is in it. */
export interface Program {
  readonly image: Image;
  readonly entry: number;
}

const tooMuch = 'it took more work than a call may; it was cut off';
export const callLimit: StepLimit = { steps: sandboxLimits.callStepsMax, message: tooMuch };
export const compileLimit: StepLimit = { steps: sandboxLimits.compileStepsMax, message: tooMuch };

export interface FunctionText {
  readonly argumentNames: readonly string[];
  readonly body: string;
  /** The same for the same names and body: made once, as a program is looked up at each call. */
  readonly key: string;
}

export function functionText({ argumentNames, body }: Omit<FunctionText, 'key'>): FunctionText {
  return { argumentNames, body, key: JSON.stringify([argumentNames, body]) };
}

export interface Language {
  /** @throws CompileFailure */
  compile(text: FunctionText): Program;
  /** @throws GuestFailure */
  run(program: Program, args: readonly Plain[], limit: StepLimit): Plain;
  /** Steps of all that was compiled and run. */
  readonly stepsTaken: number;
}

/** A language with the programs that were used last. */
export class Guest {
  private readonly language: Language;
  private readonly programs = new Map<string, Program>();

  constructor(language: Language) {
    this.language = language;
  }

  /** @throws CompileFailure */
  program(text: FunctionText): Program {
    const { key } = text;
    const found = this.programs.get(key);
    const program = found ?? this.language.compile(text);
    // Where it stands in the map is when it was used.
    this.programs.delete(key);
    this.programs.set(key, program);
    if (this.programs.size > sandboxLimits.programsMax)
      this.programs.delete(this.programs.keys().next().value!);
    return program;
  }

  run(program: Program, args: readonly Plain[], limit: StepLimit): Plain {
    return this.language.run(program, args, limit);
  }

  get stepsTaken(): number {
    return this.language.stepsTaken;
  }
}
