/** Values between the host and a context of QuickJS. Nothing is given back: the machine's state is put back after each call. */
import { GuestFailure } from '../failure.ts';
import { sandboxLimits } from '../limits.ts';
import type { Plain } from '../plain.ts';
import { ResultMeter } from '../result-meter.ts';
import type { Machine } from '../wasm/machine.ts';
import { type Helper, helpers, opened } from './prelude.ts';
import type { QuickJsExports } from './quickjs-exports.ts';

const outOfMemory = 'out of memory';
/** Arguments stand on the stack. */
const itemsPerCall = 1000;

function propertyName(key: Plain): string | undefined {
  if (key === null || typeof key !== 'object') return String(key);
  if (key instanceof Uint8Array) return `0x${Buffer.from(key).toString('hex')}`;
  if (key.kind === 'exact') return key.text;
  return key.kind === 'moment' ? String(key.milliseconds) : undefined;
}

export class JsValues {
  readonly machine: Machine;
  readonly c: QuickJsExports;
  readonly context: number;
  private helperAt: Readonly<Record<Helper, number>> | undefined;
  private readonly meter = new ResultMeter();

  constructor(machine: Machine, c: QuickJsExports, context: number) {
    this.machine = machine;
    this.c = c;
    this.context = context;
  }

  useHelpers(array: number): void {
    const entries = helpers.map((name, index) => [name, this.c.getPropNumber(this.context, array, index)]);
    this.helperAt = Object.fromEntries(entries) as Record<Helper, number>;
  }

  // Calls

  /** @throws GuestFailure with what it throws */
  call(code: number, args: readonly number[]): number {
    const { c, context, machine } = this;
    const pointers = this.allocate(Math.max(args.length, 1) * 4);
    args.forEach((value, index) => {
      machine.words[(pointers >> 2) + index] = value;
    });
    return this.checked(c.call(context, code, c.getUndefined(), args.length, pointers));
  }

  help(name: Helper, ...args: readonly number[]): number {
    return this.call(this.helperAt![name], args);
  }

  /** A pointer that was made, or there is no memory. */
  private made(at: number): number {
    if (at === 0) throw new GuestFailure(outOfMemory);
    return at;
  }

  checked(value: number): number {
    const { c, context } = this;
    this.made(value);
    const exception = c.resolveException(context, value);
    if (exception === 0) return value;
    throw new GuestFailure(this.shown(exception));
  }

  private shown(exception: number): string {
    const at = this.c.getString(this.context, exception);
    const text = at === 0 ? 'an error without a text' : this.textAt(at);
    // Where there is no memory left for the error, none is made.
    return text === 'null' ? outOfMemory : text;
  }

  // Towards the context

  private allocate(bytes: number): number {
    return this.made(this.c.malloc(bytes));
  }

  /** Bytes with a zero behind them. */
  copied(bytes: Uint8Array): number {
    const at = this.allocate(bytes.length + 1);
    this.machine.bytes.set(bytes, at);
    this.machine.bytes[at + bytes.length] = 0;
    return at;
  }

  private written(text: string): number {
    return this.checked(this.c.newString(this.context, this.copied(Buffer.from(text, 'utf8'))));
  }

  string(text: string): number {
    // A zero would end it: in JSON it is written otherwise.
    return text.includes('\0') ? this.help('parse', this.written(JSON.stringify(text))) : this.written(text);
  }

  private number(value: number): number {
    return this.made(this.c.newFloat64(this.context, value));
  }

  /** Through calls, as setting a property would not tell that there is no memory for it. */
  private list(items: readonly Plain[]): number {
    const array = this.checked(this.c.newArray(this.context));
    for (let at = 0; at < items.length; at += itemsPerCall) {
      const values = items.slice(at, at + itemsPerCall).map((item) => this.value(item));
      this.help('append', array, ...values);
    }
    return array;
  }

  /** An object, as long as its keys have texts that say which they are. */
  private entries(entries: readonly (readonly [Plain, Plain])[]): number {
    const names = entries.map(([key]) => propertyName(key));
    if (names.includes(undefined)) return this.help('map', this.list(entries.flat()));
    return this.help('object', this.list(entries.flatMap(([, value], index) => [names[index]!, value])));
  }

  value(plain: Plain): number {
    const { c, context } = this;
    if (plain === null) return c.getNull();
    if (typeof plain === 'number') return this.number(plain);
    if (typeof plain === 'string') return this.string(plain);
    if (typeof plain === 'boolean') return plain ? c.getTrue() : c.getFalse();
    if (plain instanceof Uint8Array) {
      return this.help('bytes', this.checked(c.newArrayBuffer(context, this.copied(plain), plain.length)));
    }
    switch (plain.kind) {
      case 'exact':
        return this.help('exact', this.written(plain.text));
      case 'moment':
        return this.help('moment', this.number(plain.milliseconds));
      case 'words':
        return this.string(Buffer.from(plain.bytes).toString('utf8'));
      case 'list':
        return this.list(plain.items);
      case 'entries':
        return this.entries(plain.entries);
    }
  }

  // From the context

  textAt(at: number): string {
    const { bytes } = this.machine;
    const end = bytes.indexOf(0, at);
    this.meter.count(end - at);
    return bytes.toString('utf8', at, end);
  }

  private text(value: number): string {
    return this.textAt(this.made(this.c.getString(this.context, value)));
  }

  /** Zeros and halves of characters are in JSON as they are, but end or spoil what is read otherwise: then the length differs. */
  private stringOf(value: number): string {
    const text = this.text(value);
    // The length of some strings is not told: so an empty one may be one that begins with a zero.
    if (text !== '' && this.lengthOf(value) === text.length) return text;
    return JSON.parse(this.text(this.help('quote', value)));
  }

  private lengthOf(value: number): number {
    const at = this.allocate(4);
    return this.c.getLength(this.context, at, value) < 0 ? 0 : this.machine.words[at >> 2]!;
  }

  private itemsOf(array: number, depth: number): Plain[] {
    const length = this.lengthOf(array);
    if (length > sandboxLimits.resultElementsMax) throw new GuestFailure('the result is too large');
    const items: Plain[] = [];
    for (let index = 0; index < length; index += 1)
      items.push(this.plain(this.checked(this.c.getPropNumber(this.context, array, index)), depth + 1));
    return items;
  }

  private object(value: number, depth: number): Plain {
    const { c, context } = this;
    const pair = this.help('open', value);
    const part = (index: number) => this.checked(c.getPropNumber(context, pair, index));
    switch (c.getFloat64(context, part(0))) {
      case opened.list:
        return { kind: 'list', items: this.itemsOf(part(1), depth) };
      case opened.entries: {
        const items = this.itemsOf(part(1), depth);
        const entries: [Plain, Plain][] = [];
        for (let at = 0; at + 1 < items.length; at += 2) entries.push([items[at]!, items[at + 1]!]);
        return { kind: 'entries', entries };
      }
      case opened.bytes: {
        const buffer = part(1);
        const length = c.getArrayBufferLength(context, buffer);
        const at = length === 0 ? 0 : this.made(c.getArrayBuffer(context, buffer));
        this.meter.count(length);
        return Uint8Array.from(this.machine.bytes.subarray(at, at + length));
      }
      case opened.moment:
        return { kind: 'moment', milliseconds: c.getFloat64(context, part(1)) };
      case opened.exact:
        return { kind: 'exact', text: this.text(part(1)) };
      case opened.scalar:
        return this.plain(part(1), depth + 1);
      default:
        throw new GuestFailure('the result is an object that is no value');
    }
  }

  /** A value that a function returned. */
  result(value: number): Plain {
    this.meter.start();
    return this.plain(value, 0);
  }

  private plain(value: number, depth: number): Plain {
    const { c, context } = this;
    this.meter.checkDepth(depth);
    const type = this.made(c.typeOf(context, value));
    const name = this.machine.bytes.toString('latin1', type, this.machine.bytes.indexOf(0, type));
    this.meter.count(0);
    switch (name) {
      case 'undefined':
        return null;
      case 'number':
        return c.getFloat64(context, value);
      case 'string':
        return this.stringOf(value);
      case 'boolean':
        return this.text(value) === 'true';
      case 'bigint':
        return { kind: 'exact', text: this.text(value) };
      case 'object':
        return this.isNull(value) ? null : this.object(value, depth);
      default:
        throw new GuestFailure(`a ${name} is no value`);
    }
  }

  private isNull(value: number): boolean {
    // Null is the same pointer only before it was passed around.
    return this.c.isEqual(this.context, value, this.c.getNull(), 0) === 1;
  }
}
