/** Bits to JSON values. */
import { isBytes } from '../types.ts';
import type { ValueType } from './program-interface.ts';
import { InterfaceError } from './value-error.ts';

export interface DecodeOptions {
  /** Integers of more than 53 bits: `string`, the default, of decimal digits, as JSON can hold them, or `bigint`. */
  readonly wide?: 'string' | 'bigint';
  /** Arrays of `u8`: `array`, the default, of numbers, or `hex`. */
  readonly bytes?: 'array' | 'hex';
}

export type OutputValue =
  | number
  | bigint
  | string
  | boolean
  | readonly OutputValue[]
  | { readonly [name: string]: OutputValue };

/**
 * @param bits one per element
 * @throws InterfaceError when it is not as many as the type has
 */
export function decodeOutput(type: ValueType, bits: Uint8Array, options: DecodeOptions = {}): OutputValue {
  const reader = new Reader(bits, options);
  const value = reader.read(type);
  reader.end();
  return value;
}

class Reader {
  private readonly bits: Uint8Array;
  private readonly options: DecodeOptions;
  private at = 0;

  constructor(bits: Uint8Array, options: DecodeOptions) {
    this.bits = bits;
    this.options = options;
  }

  end(): void {
    if (this.at !== this.bits.length) throw wrongLength();
  }

  read(type: ValueType): OutputValue {
    switch (type.kind) {
      case 'bool':
        return this.take(1)[0] === 1;
      case 'integer':
        return this.integer(type.bits, type.isSigned);
      case 'array': {
        if (isBytes(type) && this.options.bytes === 'hex') return this.hex(type.length);
        return Array.from({ length: type.length }, () => this.read(type.element));
      }
      case 'tuple':
        return type.elements.map((each) => this.read(each));
      case 'struct':
        // Defines fields rather than assigning them: a name has no other meaning.
        return Object.fromEntries(type.fields.map((each) => [each.name, this.read(each.type)]));
    }
  }

  private integer(bits: number, isSigned: boolean): OutputValue {
    let digits = '';
    for (const bit of this.take(bits)) digits = `${bit & 1}${digits}`;
    const magnitude = BigInt(`0b${digits}`);
    const value = isSigned ? BigInt.asIntN(bits, magnitude) : magnitude;
    if (bits <= 53) return Number(value);
    return this.options.wide === 'bigint' ? value : value.toString();
  }

  private hex(length: number): string {
    const bytes = Array.from({ length }, () =>
      this.take(8).reduce((byte, bit, i) => byte | ((bit & 1) << i), 0),
    );
    return Buffer.from(bytes).toString('hex');
  }

  private take(count: number): Uint8Array {
    if (this.at + count > this.bits.length) throw wrongLength();
    this.at += count;
    return this.bits.subarray(this.at - count, this.at);
  }
}

function wrongLength(): InterfaceError {
  return new InterfaceError('the bits are not as many as the type has');
}
