/** What a source says, before any of it has a meaning. Parentheses are gone; every node knows its characters. */
import type { Span } from '../errors.ts';

export type UnaryOperator = '-' | '+' | '~' | '!';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '**';
export type ShiftOperator = '<<' | '>>' | '>>>';
export type BitOperator = '&' | '|' | '^';
export type OrderOperator = '<' | '<=' | '>' | '>=';
export type EqualityOperator = '===' | '!==';
export type LogicOperator = '&&' | '||';
export type BinaryOperator =
  | ArithmeticOperator
  | ShiftOperator
  | BitOperator
  | OrderOperator
  | EqualityOperator
  | LogicOperator;

export interface NameNode extends Span {
  readonly kind: 'name';
  readonly name: string;
}

export interface SpreadNode extends Span {
  readonly kind: 'spread';
  readonly value: ExpressionNode;
}

export interface FieldNode extends Span {
  readonly kind: 'field';
  readonly name: string;
  readonly value: ExpressionNode;
}

export type ExpressionNode =
  | NameNode
  | (Span & { readonly kind: 'number'; readonly value: bigint })
  | (Span & { readonly kind: 'boolean'; readonly value: boolean })
  | (Span & { readonly kind: 'string'; readonly value: string })
  | (Span & { readonly kind: 'array'; readonly elements: readonly (ExpressionNode | SpreadNode)[] })
  | (Span & { readonly kind: 'object'; readonly fields: readonly (FieldNode | SpreadNode)[] })
  | (Span & { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: ExpressionNode })
  | BinaryNode
  | (Span & {
      readonly kind: 'conditional';
      readonly condition: ExpressionNode;
      readonly whenTrue: ExpressionNode;
      readonly whenFalse: ExpressionNode;
    })
  | CallNode
  | (Span & { readonly kind: 'member'; readonly object: ExpressionNode; readonly name: string })
  | (Span & { readonly kind: 'index'; readonly object: ExpressionNode; readonly index: ExpressionNode });

export interface BinaryNode extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
}

export interface CallNode extends Span {
  readonly kind: 'call';
  readonly callee: NameNode;
  readonly typeArguments: readonly TypeNode[];
  readonly arguments: readonly ExpressionNode[];
}

export interface TypeFieldNode extends Span {
  readonly name: string;
  readonly type: TypeNode;
}

export type TypeNode =
  | (Span & { readonly kind: 'named'; readonly name: string; readonly arguments: readonly TypeNode[] })
  | (Span & { readonly kind: 'size'; readonly value: bigint })
  /** `typeof N`: the value of a constant. */
  | (Span & { readonly kind: 'typeof'; readonly name: string })
  | (Span & { readonly kind: 'fields'; readonly fields: readonly TypeFieldNode[] })
  | (Span & { readonly kind: 'tuple'; readonly elements: readonly TypeNode[] });

/** What a declaration gives names to. */
export type PatternNode =
  | NameNode
  | (Span & { readonly kind: 'elements'; readonly names: readonly (NameNode | undefined)[] })
  | (Span & {
      readonly kind: 'fields';
      readonly fields: readonly { readonly field: NameNode; readonly name: NameNode }[];
    });

export interface DeclarationNode extends Span {
  readonly kind: 'declaration';
  readonly isConst: boolean;
  readonly pattern: PatternNode;
  readonly type: TypeNode | undefined;
  readonly value: ExpressionNode;
}

export interface AssignmentNode extends Span {
  readonly kind: 'assignment';
  readonly target: ExpressionNode;
  /** Of `+=` and the like. */
  readonly operator: BinaryOperator | undefined;
  readonly value: ExpressionNode;
}

export interface BlockNode extends Span {
  readonly kind: 'block';
  readonly statements: readonly StatementNode[];
}

export type StatementNode =
  | DeclarationNode
  | AssignmentNode
  | BlockNode
  | (Span & { readonly kind: 'expression'; readonly value: ExpressionNode })
  | (Span & {
      readonly kind: 'if';
      readonly condition: ExpressionNode;
      readonly whenTrue: StatementNode;
      readonly whenFalse: StatementNode | undefined;
    })
  | (Span & {
      readonly kind: 'for';
      readonly initial: readonly StatementNode[];
      readonly condition: ExpressionNode | undefined;
      readonly update: readonly StatementNode[];
      readonly body: StatementNode;
    })
  | (Span & {
      readonly kind: 'for-of';
      readonly isConst: boolean;
      readonly pattern: PatternNode;
      readonly iterable: ExpressionNode;
      readonly body: StatementNode;
    })
  | (Span & { readonly kind: 'return'; readonly value: ExpressionNode | undefined })
  | (Span & { readonly kind: 'break' })
  | (Span & { readonly kind: 'continue' });

export interface ParameterNode extends Span {
  readonly name: NameNode;
  readonly type: TypeNode;
}

export interface FunctionNode extends Span {
  readonly kind: 'function';
  /** Undefined for an entry point without one. */
  readonly name: NameNode | undefined;
  readonly isEntry: boolean;
  readonly typeParameters: readonly NameNode[];
  readonly parameters: readonly ParameterNode[];
  readonly returns: TypeNode | undefined;
  readonly body: BlockNode;
}

export interface TypeDeclarationNode extends Span {
  readonly kind: 'type';
  readonly name: NameNode;
  readonly parameters: readonly NameNode[];
  readonly type: TypeNode;
}

export interface ImportNode extends Span {
  readonly kind: 'import';
  readonly from: string;
  readonly names: readonly NameNode[];
}

export type TopLevelNode = FunctionNode | TypeDeclarationNode | ImportNode | DeclarationNode;

export interface SourceNode {
  readonly items: readonly TopLevelNode[];
}
