/**
 * User-defined functions of CQL: compiled from the schema, called with values in binary form. Everything is synchronous. An interpreter
 * is loaded for the first function of its language. A function sees its arguments and nothing else, keeps nothing between calls and cannot run for ever.
 */

import { CqlError, invalid } from '../../errors.ts';
import type { FunctionSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { statementWork } from '../statement-work.ts';
import { CompileFailure, functionFailure, GuestFailure } from './failure.ts';
import { fromPlain } from './from-plain.ts';
import { callLimit, type FunctionText, functionText, Guest, type Language, type Program } from './guest.ts';
import { JavaScript } from './javascript/javascript.ts';
import { loadQuickJs } from './javascript/quickjs-module.ts';
import { sandboxLimits } from './limits.ts';
import { Lua } from './lua/lua.ts';
import { loadLua } from './lua/lua-module.ts';
import { toPlain } from './to-plain.ts';

export interface UserFunction {
  /** Whether it takes nulls, or there are none: otherwise it is not called and its result is null. */
  isCalledWith(args: readonly (Value | undefined)[]): boolean;
  /** @throws CqlError `functionFailure`; the next call finds everything as before */
  call(args: readonly (Value | undefined)[]): Value | undefined;
}

/** Names of languages as statements write them, of engines as they are here. */
const languages = new Map<string, LanguageName>([
  ['javascript', 'javascript'],
  ['js', 'javascript'],
  ['ecmascript', 'javascript'],
  ['lua', 'lua'],
]);

type LanguageName = 'javascript' | 'lua';

/** Each takes about a tenth of a second, once a process; most of it is work that cannot leave this thread. */
const engines: Readonly<Record<LanguageName, () => Language>> = {
  javascript: () => new JavaScript(loadQuickJs()),
  lua: () => new Lua(loadLua()),
};

/** Of these types an empty value is one, of the others it is as null. */
function hasEmptyValue(type: CqlType): boolean {
  if (type.kind !== 'native') return type.kind !== 'vector';
  return type.name === 'text' || type.name === 'ascii' || type.name === 'blob';
}

function isNull(type: CqlType, value: Value | undefined): boolean {
  return value === undefined || (value.length === 0 && !hasEmptyValue(type));
}

export class Sandbox {
  /** Of languages of which a function was needed. */
  private readonly guests = new Map<LanguageName, Guest>();

  /** Languages whose interpreter is loaded. */
  get loaded(): readonly LanguageName[] {
    return [...this.guests.keys()];
  }

  /** @throws CqlError `invalid` if the language is unknown or the text is none in it */
  compile(fn: FunctionSchema): UserFunction {
    const guest = this.guestOf(fn.language);
    if (fn.body.length > sandboxLimits.bodyCharactersMax)
      throw invalid(
        `The body of function '${fn.keyspace}.${fn.name}' is longer than ${sandboxLimits.bodyCharactersMax} characters`,
      );
    const text = functionText(fn);
    this.program(guest, fn, text);
    const isCalledWith = (args: readonly (Value | undefined)[]) =>
      fn.calledOnNull || !fn.argumentTypes.some((type, index) => isNull(type, args[index]));
    return {
      isCalledWith,
      call: (args) => (isCalledWith(args) ? this.call(guest, fn, text, args) : undefined),
    };
  }

  private guestOf(language: string): Guest {
    const name = languages.get(language.toLowerCase());
    if (name === undefined)
      throw invalid(
        `Language '${language}' is not supported: functions may be written in javascript and lua`,
      );
    let guest = this.guests.get(name);
    if (guest === undefined) {
      guest = new Guest(engines[name]());
      this.guests.set(name, guest);
    }
    return guest;
  }

  private program(guest: Guest, fn: FunctionSchema, text: FunctionText): Program {
    try {
      return guest.program(text);
    } catch (error) {
      if (!(error instanceof CompileFailure)) throw error;
      throw invalid(
        `Failed to compile function '${fn.keyspace}.${fn.name}' for language ${fn.language}: ${error.message}`,
      );
    }
  }

  private call(
    guest: Guest,
    fn: FunctionSchema,
    text: FunctionText,
    args: readonly (Value | undefined)[],
  ): Value | undefined {
    const { argumentTypes, returnType } = fn;
    const work = statementWork();
    const limit = work?.limit(callLimit) ?? callLimit;
    const before = guest.stepsTaken;
    try {
      if (limit.steps === 0) throw new GuestFailure(limit.message);
      const bytes = args.reduce((sum, value) => sum + (value?.length ?? 0), 0);
      if (bytes > sandboxLimits.argumentBytesMax)
        throw new GuestFailure(`its arguments have more than ${sandboxLimits.argumentBytesMax} bytes`);
      const plain = argumentTypes.map((type, index) => toPlain(type, args[index]));
      // Others may have taken its place among those that are kept.
      return fromPlain(returnType, guest.run(this.program(guest, fn, text), plain, limit));
    } catch (error) {
      if (error instanceof GuestFailure) throw functionFailure(fn, error);
      if (error instanceof CqlError)
        throw functionFailure(fn, new GuestFailure(error.message, { cause: error }));
      throw error;
    } finally {
      work?.add(guest.stepsTaken - before + sandboxLimits.callStepsLeast);
    }
  }
}
