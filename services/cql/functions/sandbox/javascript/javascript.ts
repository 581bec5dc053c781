/**
 * Functions in JavaScript (QuickJS). The text is a script whose last value is the result, as with Cassandra's script engine, or the
 * body of a function with `return`. There is no clock, no randomness and nothing of a host.
 */
import type { StepLimit } from '../../statement-work.ts';
import { CompileFailure, GuestFailure } from '../failure.ts';
import { compileLimit, type FunctionText, type Language, type Program } from '../guest.ts';
import { sandboxLimits } from '../limits.ts';
import type { Plain } from '../plain.ts';
import type { Image } from '../wasm/machine.ts';
import type { WasmModule } from '../wasm/webassembly.ts';
import { prelude } from './prelude.ts';
import { compileOnly } from './quickjs-exports.ts';
import { quickJsMachine } from './quickjs-module.ts';
import { JsValues } from './values.ts';

const identifier = /^[A-Za-z_$][\w$]*$/;
/** Behind which a text is a statement, though it could be an expression. */
const statementStart = /^\s*(?:\{|function\b|class\b|let\b|async\b)/;
const ends = /[\s;]+$/;

export class JavaScript implements Language {
  private readonly values: JsValues;
  private readonly fresh: Image;

  constructor(module: WasmModule) {
    const { machine, c, stopClock } = quickJsMachine(module);
    c.construct();
    const runtime = c.newRuntime();
    const context = c.newContext(runtime, 0);
    c.setMemoryLimit(runtime, sandboxLimits.heapBytesMax);
    c.setMaxStackSize(runtime, sandboxLimits.stackBytesMax);
    this.values = new JsValues(machine, c, context);
    this.values.useHelpers(this.evaluate(prelude, 0));
    stopClock();
    this.fresh = machine.capture();
  }

  get stepsTaken(): number {
    return this.values.machine.stepsTaken;
  }

  compile({ argumentNames, body }: FunctionText): Program {
    const wrong = argumentNames.find((name) => !identifier.test(name));
    if (wrong !== undefined) throw new CompileFailure(`'${wrong}' is no name of a variable`);
    const { machine } = this.values;
    machine.restoreClean(this.fresh);
    try {
      const entry = machine.limited(compileLimit, () => this.compiled(argumentNames, body));
      return { entry, image: machine.capture() };
    } catch (error) {
      if (error instanceof GuestFailure) throw new CompileFailure(error.message);
      throw error;
    }
  }

  private compiled(names: readonly string[], body: string): number {
    if (!this.isScript(body)) return this.functionOf(names, body);
    const expression = body.replace(ends, '');
    if (!statementStart.test(body)) {
      try {
        return this.functionOf(names, `return (${expression}\n)`);
      } catch (error) {
        if (!(error instanceof GuestFailure)) throw error;
      }
    }
    return this.functionOf(names, `return eval(${JSON.stringify(body)})`);
  }

  private functionOf(names: readonly string[], body: string): number {
    const { values } = this;
    const given = values.value({ kind: 'list', items: names });
    return values.help('compile', given, values.string(body));
  }

  private isScript(body: string): boolean {
    try {
      this.evaluate(body, compileOnly);
      return true;
    } catch (error) {
      if (error instanceof GuestFailure) return false;
      throw error;
    }
  }

  private evaluate(text: string, flags: number): number {
    const { values } = this;
    const bytes = Buffer.from(text, 'utf8');
    const name = values.copied(Buffer.from('function', 'latin1'));
    return values.checked(
      values.c.evaluate(values.context, values.copied(bytes), bytes.length, name, 0, flags),
    );
  }

  run({ image, entry }: Program, args: readonly Plain[], limit: StepLimit): Plain {
    const { values } = this;
    values.machine.restore(image);
    return values.machine.limited(limit, () =>
      values.result(
        values.call(
          entry,
          args.map((arg) => values.value(arg)),
        ),
      ),
    );
  }
}
