/** What the functions of the language take and make: one row each. */
import { quote } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { CallNode, ExpressionNode } from '../syntax/ast.ts';
import {
  type ArrayType,
  arrayOf,
  bitsOf,
  bool,
  byte,
  hasNumber,
  type IntegerType,
  isBytes,
  isUnsigned,
  type Type,
  typeText,
  uint,
} from '../types.ts';
import type { BuiltinName } from './builtins.ts';
import { checkCount, checkTypeCount } from './calls.ts';
import type { Context, FunctionScope } from './context.ts';
import { convert, unify } from './convert.ts';
import { check, checkAs } from './expressions.ts';
import { knownNumber } from './known.ts';
import type { Expression } from './tree.ts';
import { resolveSize, resolveType } from './types.ts';

/** Result type and arguments, or an expression that stands for the call. */
type Checked = readonly [Type, ...Expression[]] | Expression;

type Row = (call: BuiltinCheck) => Checked;

const rows: Readonly<Record<BuiltinName, Row>> = {
  min: (call) => call.same(),
  max: (call) => call.same(),
  abs(call) {
    const [value] = call.arguments(1);
    if (value!.type.kind === 'number' || (value!.type.kind === 'integer' && value!.type.isSigned)) {
      return [value!.type, value!];
    }
    throw call.mismatch(value!, 'a signed integer');
  },
  popcount(call) {
    const value = call.integer(0, call.arguments(1));
    return [uint(bitsOf(value.type)), value];
  },
  rotateLeft: (call) => call.rotation(),
  rotateRight: (call) => call.rotation(),
  reverseBytes(call) {
    const value = call.integer(0, call.arguments(1));
    call.wholeBytes(value);
    return [value.type, value];
  },
  concatBits(call) {
    const args = call.arguments(2);
    const [high, low] = [call.integer(0, args), call.integer(1, args)];
    return [call.width(bitsOf(high.type) + bitsOf(low.type)), high, low];
  },
  equal(call) {
    const [a, b] = unify(call.context, call.arguments(2)) as [Expression, Expression];
    if (hasNumber(a.type)) throw call.mismatch(a, 'values of the circuit');
    return [bool, a, b];
  },
  zero(call) {
    call.arguments(0);
    const type = call.typeArgument(0, 1);
    if (hasNumber(type)) throw call.error(`${typeText(type)} has parts that are known while compiling`);
    return [type];
  },
  fill(call) {
    checkCount(call.context, call.node, 1);
    const element = call.typeArgument(0, 2);
    const { arrayLengthMax } = call.context.budget.limits;
    const length = call.sizeArgument(1, 0, arrayLengthMax);
    return [arrayOf(element, length), call.as(0, element)];
  },
  slice(call) {
    const [array, from, to] = call.arguments(3) as [Expression, Expression, Expression];
    if (array.type.kind !== 'array') throw call.mismatch(array, 'an array');
    const [start, end] = [call.constant(from), call.constant(to)];
    if (start < 0n || start > end || end > BigInt(array.type.length)) {
      const text = `no slice from ${start} to ${end}: the length is ${array.type.length}`;
      throw call.context.error('index-out-of-range', call.node, text);
    }
    return [arrayOf(array.type.element, Number(end - start)), array, from];
  },
  toBits(call) {
    const value = call.integer(0, call.arguments(1));
    return [arrayOf(bool, bitsOf(value.type)), value];
  },
  fromBits(call) {
    checkCount(call.context, call.node, 1);
    const type = call.integerType();
    return [type, call.as(0, arrayOf(bool, type.bits))];
  },
  toBytesBE: (call) => call.toBytes(),
  toBytesLE: (call) => call.toBytes(),
  fromBytesBE: (call) => call.fromBytes(),
  fromBytesLE: (call) => call.fromBytes(),
  utf8: (call) => call.bytesLiteral((text) => Buffer.from(text, 'utf8')),
  hex(call) {
    return call.bytesLiteral((text, span) => {
      const isHex = /^(?:[0-9a-fA-F]{2})*$/.test(text);
      if (!isHex)
        throw call.context.error('type-mismatch', span, 'pairs of hexadecimal digits have to be here');
      return Buffer.from(text, 'hex');
    });
  },
  sha256: (call) => [arrayOf(byte, 32), call.bytes(0, call.arguments(1))],
  sha512: (call) => [arrayOf(byte, 64), call.bytes(0, call.arguments(1))],
  hmacSha256(call) {
    const args = call.arguments(2);
    return [arrayOf(byte, 32), call.bytes(0, args), call.bytes(1, args)];
  },
  aes128(call) {
    const args = call.arguments(2);
    return [arrayOf(byte, 16), call.bytes(0, args, 16), call.bytes(1, args, 16)];
  },
  aes256(call) {
    const args = call.arguments(2);
    return [arrayOf(byte, 16), call.bytes(0, args, 32), call.bytes(1, args, 16)];
  },
};

/** @throws CompileError */
export function checkBuiltin(
  scope: FunctionScope,
  node: CallNode,
  name: BuiltinName,
  expected: Type | undefined,
): Expression {
  const call = new BuiltinCheck(scope, node, expected);
  const checked = rows[name](call);
  if ('kind' in checked) return checked;
  call.checkTypes();
  const [type, ...args] = checked;
  const isKnown = args.every((each) => each.isKnown);
  const { start, end } = node;
  return {
    kind: 'builtin',
    type: scope.context.sized(type, node),
    isKnown,
    name,
    arguments: args,
    start,
    end,
  };
}

class BuiltinCheck {
  readonly scope: FunctionScope;
  readonly context: Context;
  readonly node: CallNode;
  readonly expected: Type | undefined;
  /** Type arguments that the function takes. */
  private types = 0;

  constructor(scope: FunctionScope, node: CallNode, expected: Type | undefined) {
    this.scope = scope;
    this.context = scope.context;
    this.node = node;
    this.expected = expected;
  }

  error(text: string): Error {
    return this.context.error('type-mismatch', this.node, text);
  }

  mismatch(value: Expression, what: string): Error {
    const text = `${this.node.callee.name} takes ${what}, not ${typeText(value.type)}`;
    const isNumber = value.type.kind === 'number' ? ': give it a type, as in u32(1)' : '';
    return this.context.error('type-mismatch', value, text + isNumber);
  }

  checkTypes(): void {
    checkTypeCount(this.context, this.node, this.types);
  }

  arguments(count: number): Expression[] {
    checkCount(this.context, this.node, count);
    return this.node.arguments.map((each) => check(this.scope, each));
  }

  as(index: number, type: Type): Expression {
    return checkAs(this.scope, this.node.arguments[index]!, type);
  }

  integer(index: number, args: readonly Expression[]): Expression {
    const value = args[index]!;
    if (value.type.kind !== 'integer') throw this.mismatch(value, 'an integer');
    return value;
  }

  /** Two or more integers of one type. */
  same(): Checked {
    if (this.node.arguments.length < 2) throw this.error(`${this.node.callee.name} takes two values or more`);
    const args = unify(
      this.context,
      this.node.arguments.map((each) => check(this.scope, each, this.expected)),
    );
    const { type } = args[0]!;
    if (type.kind !== 'integer' && type.kind !== 'number') throw this.mismatch(args[0]!, 'integers');
    return [type, ...args];
  }

  rotation(): Checked {
    const args = this.arguments(2);
    const value = this.integer(0, args);
    const by = args[1]!;
    if (by.type.kind !== 'number' && !isUnsigned(by.type)) {
      throw this.mismatch(by, 'a number or an unsigned integer');
    }
    return [value.type, value, by];
  }

  wholeBytes(value: Expression): number {
    const bits = bitsOf(value.type);
    if (bits % 8 !== 0) throw this.mismatch(value, 'an integer of whole bytes');
    return bits / 8;
  }

  width(bits: number): IntegerType {
    if (bits > languageLimits.integerBitsMax) {
      const text = `an integer of ${bits} bits: ${languageLimits.integerBitsMax} is the most`;
      throw this.context.error('limit', this.node, text);
    }
    return uint(bits);
  }

  bytes(index: number, args: readonly Expression[], length?: number): Expression {
    const value = args[index]!;
    const what = length === undefined ? 'an array of u8' : `an array of ${length} u8`;
    const { type } = value;
    if (type.kind === 'array' && type.element.kind === 'number') {
      return this.bytes(
        index,
        args.with(index, convert(this.context, value, arrayOf(byte, type.length))),
        length,
      );
    }
    if (!isBytes(type) || (length !== undefined && type.length !== length)) throw this.mismatch(value, what);
    return value;
  }

  toBytes(): Checked {
    const value = this.integer(0, this.arguments(1));
    return [arrayOf(byte, this.wholeBytes(value)), value];
  }

  fromBytes(): Checked {
    checkCount(this.context, this.node, 1);
    const type = this.integerType();
    if (type.bits % 8 !== 0) throw this.error(`${typeText(type)} is not made of whole bytes`);
    return [type, this.as(0, arrayOf(byte, type.bits / 8))];
  }

  /** The one type argument, or what is expected of the result. */
  integerType(): IntegerType {
    const type =
      this.node.typeArguments.length === 0 && this.expected?.kind === 'integer'
        ? this.expected
        : this.typeArgument(0, 1);
    if (type.kind !== 'integer') throw this.error(`${typeText(type)} is no integer type`);
    return type;
  }

  typeArgument(index: number, count: number): Type {
    this.types = count;
    this.checkTypes();
    return resolveType(this.context, this.node.typeArguments[index]!, this.scope.typeArguments);
  }

  sizeArgument(index: number, least: number, most: number): number {
    return resolveSize(this.context, this.node.typeArguments[index]!, this.scope.typeArguments, least, most);
  }

  /** A number that no loop changes. */
  constant(value: Expression): bigint {
    const known = value.type.kind === 'number' ? knownNumber(this.context, value) : undefined;
    if (known === undefined) {
      const text =
        'the size of a slice is part of its type: literals and constants of the top level can be here';
      throw this.context.error('not-constant', value, text);
    }
    return known;
  }

  bytesLiteral(read: (text: string, span: ExpressionNode) => Buffer): Expression {
    checkCount(this.context, this.node, 1);
    this.checkTypes();
    const given = this.node.arguments[0]!;
    if (given.kind !== 'string') {
      throw this.context.error(
        'type-mismatch',
        given,
        `${this.node.callee.name} takes a string, such as ${quote('00ff')}`,
      );
    }
    const value = read(given.value, given);
    const { start, end } = this.node;
    const type: ArrayType = this.context.sized(arrayOf(byte, value.length), this.node);
    return { kind: 'bytes', type, isKnown: true, value, start, end };
  }
}
