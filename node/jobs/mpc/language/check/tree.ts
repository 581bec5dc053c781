/**
 * What a source means: the tree that the checker makes, that gates are made from, and that can be run in the clear. Every
 * expression has its type, names are slots, conversions stand where they happen.
 */
import type { Span } from '../errors.ts';
import type { BinaryOperator, UnaryOperator } from '../syntax/ast.ts';
import type { StructType, Type } from '../types.ts';
import type { BuiltinName } from './builtins.ts';

interface Typed extends Span {
  readonly type: Type;
  /** The value is known while compiling, wherever it is in a loop or a call. All of type `number` are. */
  readonly isKnown: boolean;
}

export type Expression =
  | (Typed & { readonly kind: 'constant'; readonly value: bigint | boolean })
  | (Typed & { readonly kind: 'bytes'; readonly value: Uint8Array })
  | (Typed & { readonly kind: 'variable'; readonly slot: number })
  | (Typed & { readonly kind: 'global'; readonly index: number })
  | (Typed & { readonly kind: 'array'; readonly parts: readonly ArrayPart[] })
  | (Typed & { readonly kind: 'struct'; readonly type: StructType; readonly parts: readonly StructPart[] })
  | (Typed & { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression })
  | BinaryExpression
  | (Typed & {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    })
  | (Typed & {
      readonly kind: 'call';
      readonly callee: FunctionInstance;
      readonly arguments: readonly Expression[];
    })
  | BuiltinCall
  /** A field of a struct or an element of a tuple. */
  | (Typed & { readonly kind: 'field'; readonly object: Expression; readonly index: number })
  | (Typed & { readonly kind: 'element'; readonly object: Expression; readonly index: Expression })
  /** Without a change of value: see `isConvertible`. */
  | (Typed & { readonly kind: 'convert'; readonly operand: Expression })
  /** Of integers and booleans, to an integer: cut or extended. */
  | (Typed & { readonly kind: 'cast'; readonly operand: Expression });

/** Both sides of one type, but for shifts. */
export interface BinaryExpression extends Typed {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface BuiltinCall extends Typed {
  readonly kind: 'builtin';
  readonly name: BuiltinName;
  readonly arguments: readonly Expression[];
}

/** Also of tuples. */
export interface ArrayPart {
  /** The elements of an array rather than one. */
  readonly isSpread: boolean;
  readonly value: Expression;
}

export interface StructPart {
  /** Fields of the struct that the value, or each field of the value in turn, becomes. */
  readonly fields: readonly number[];
  readonly isSpread: boolean;
  readonly value: Expression;
}

export type Step =
  | { readonly kind: 'field'; readonly index: number }
  | { readonly kind: 'element'; readonly index: Expression };

export type Statement =
  /** Slots become the value, or what is at these indexes of it. */
  | (Span & {
      readonly kind: 'declare';
      readonly targets: readonly DeclareTarget[];
      readonly value: Expression;
    })
  | AssignStatement
  | Block
  | (Span & {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly whenTrue: Statement;
      readonly whenFalse: Statement | undefined;
      /** Slots that are in use before. */
      readonly slots: number;
    })
  | (Span & {
      readonly kind: 'for';
      readonly initial: readonly Statement[];
      readonly condition: Expression;
      readonly update: readonly Statement[];
      readonly body: Statement;
      /** Slots that are in use before, and with those of the initial statements. */
      readonly outerSlots: number;
      readonly slots: number;
    })
  | (Span & {
      readonly kind: 'for-of';
      readonly targets: readonly DeclareTarget[];
      readonly iterable: Expression;
      readonly body: Statement;
      readonly slots: number;
    })
  | (Span & { readonly kind: 'return'; readonly value: Expression })
  | (Span & { readonly kind: 'break' })
  | (Span & { readonly kind: 'continue' });

export interface DeclareTarget {
  readonly slot: number;
  readonly type: Type;
  /** Undefined for the whole value. */
  readonly index: number | undefined;
}

export interface AssignStatement extends Span {
  readonly kind: 'assign';
  readonly slot: number;
  readonly name: string;
  readonly path: readonly Step[];
  readonly value: Expression;
}

export interface Block extends Span {
  readonly kind: 'block';
  readonly statements: readonly Statement[];
  /** Slots that are in use before. */
  readonly slots: number;
}

/** A function for one set of type arguments. Its arguments are in the first slots. */
export interface FunctionInstance {
  readonly name: string;
  readonly parameters: readonly Type[];
  /** These are set when its body is checked; a function that calls itself has to say what it returns. */
  returns: Type | undefined;
  body: Block | undefined;
  /** What the first return says, for messages. */
  result: Expression | undefined;
  /** Of the name. */
  readonly span: Span;
}

export interface ProgramInput extends Span {
  readonly party: string;
  readonly name: string;
  readonly type: Type;
}

export interface ProgramOutput extends Span {
  readonly name: string;
  readonly to: readonly string[];
  readonly type: Type;
  /** Which field of which field of the entry point's result. */
  readonly path: readonly [group: number, field: number];
}

export interface Program {
  readonly parties: readonly string[];
  /** By party, then by field, in the order of the source. */
  readonly inputs: readonly ProgramInput[];
  readonly outputs: readonly ProgramOutput[];
  readonly entry: FunctionInstance;
  /** Values of the constants at the top level, in the order of the source. */
  readonly globals: readonly Expression[];
}
