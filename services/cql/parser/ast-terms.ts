/** Terms (values in a statement), selectors (what a SELECT shows), relations and conditions (what it restricts), and types. */
import type { QualifiedName } from './ast.ts';

/** A type as it is written: what a name means depends on the schema. */
export type TypeSyntax =
  /** In lower case; `varchar` stays. */
  | { readonly kind: 'native'; readonly name: string }
  | { readonly kind: 'list' | 'set'; readonly element: TypeSyntax }
  | { readonly kind: 'map'; readonly key: TypeSyntax; readonly value: TypeSyntax }
  | { readonly kind: 'tuple'; readonly elements: readonly TypeSyntax[] }
  | { readonly kind: 'vector'; readonly element: TypeSyntax; readonly dimension: number }
  | { readonly kind: 'frozen'; readonly type: TypeSyntax }
  | { readonly kind: 'user'; readonly name: QualifiedName }
  | { readonly kind: 'custom'; readonly className: string };

export type ConstantType = 'string' | 'integer' | 'float' | 'boolean' | 'duration' | 'uuid' | 'hex';

export interface Constant {
  readonly kind: 'constant';
  readonly type: ConstantType;
  /** As it was written, except that strings are without quotes, and `NaN`, `Infinity` and booleans are always the same. */
  readonly text: string;
}

export interface Null {
  readonly kind: 'null';
}

export interface Marker {
  readonly kind: 'marker';
  /** Among all markers of the statement. */
  readonly index: number;
  /** Undefined: `?`. */
  readonly name: string | undefined;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** Of a map, or of a user type whose fields have not names only. */
export interface Entry<Node> {
  readonly key: Node;
  readonly value: Node;
}

/** A set without elements may be a map as well, a tuple of one element a pair of parentheses. */
export interface Elements<Node> {
  readonly kind: 'list' | 'set' | 'tuple';
  readonly elements: readonly Node[];
}

export interface Entries<Node> {
  readonly kind: 'map';
  readonly entries: readonly Entry<Node>[];
}

export interface Call<Node> {
  readonly kind: 'call';
  readonly function: QualifiedName;
  readonly args: readonly Node[];
}

export interface Operation<Node> {
  readonly kind: 'operation';
  readonly operator: ArithmeticOperator;
  readonly left: Node;
  readonly right: Node;
}

export interface Negation<Node> {
  readonly kind: 'negation';
  readonly operand: Node;
}

/** `(int) x` */
export interface TypeHint<Node> {
  readonly kind: 'typeHint';
  readonly type: TypeSyntax;
  readonly operand: Node;
}

/** `CAST(x AS int)` */
export interface Cast<Node> {
  readonly kind: 'cast';
  readonly operand: Node;
  /** The name of a native type. */
  readonly type: string;
}

/** What terms and selectors have in common. */
export type Composite<Node> =
  | (Elements<Node> | Entries<Node> | Call<Node> | Operation<Node>)
  | (Negation<Node> | TypeHint<Node> | Cast<Node>);

export interface UserTypeField {
  readonly name: string;
  readonly value: Term;
}

export type Term =
  | (Constant | Null | Marker | Elements<Term> | Entries<Term> | Call<Term> | Operation<Term>)
  | (Negation<Term> | TypeHint<Term> | Cast<Term>)
  /** In the order they were written; of a name that is there twice only the last. */
  | { readonly kind: 'userType'; readonly fields: readonly UserTypeField[] };

export type Selector =
  | (Elements<Selector> | Entries<Selector> | Call<Selector> | Operation<Selector>)
  | (Negation<Selector> | TypeHint<Selector> | Cast<Selector>)
  /** In the keys of a `map` it may be the name of a field. */
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'term'; readonly term: Constant | Null | Marker }
  /** `COUNT(*)`, `COUNT(1)` */
  | { readonly kind: 'countRows' }
  | { readonly kind: 'writetime' | 'maxwritetime' | 'ttl'; readonly operand: Selector }
  | { readonly kind: 'field'; readonly operand: Selector; readonly field: string }
  | { readonly kind: 'element'; readonly operand: Selector; readonly key: Term }
  | {
      readonly kind: 'slice';
      readonly operand: Selector;
      readonly from: Term | undefined;
      readonly to: Term | undefined;
    };

export type Comparison = '=' | '<' | '<=' | '>' | '>=' | '!=';

export type Relation =
  | {
      readonly kind: 'column';
      readonly column: string;
      readonly operator: Comparison | 'LIKE' | 'CONTAINS' | 'CONTAINS KEY';
      readonly value: Term;
    }
  | { readonly kind: 'isNotNull'; readonly column: string }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly Term[] | Marker }
  | {
      readonly kind: 'element';
      readonly column: string;
      readonly key: Term;
      readonly operator: Comparison;
      readonly value: Term;
    }
  | {
      readonly kind: 'token';
      readonly columns: readonly string[];
      readonly operator: Comparison;
      readonly value: Term;
    }
  | {
      readonly kind: 'columns';
      readonly columns: readonly string[];
      readonly operator: Comparison;
      /** A tuple or a marker. */
      readonly value: Term;
    }
  | {
      readonly kind: 'columnsIn';
      readonly columns: readonly string[];
      /** Tuples, or markers of tuples; or one marker of a list of tuples. */
      readonly values: readonly Term[] | Marker;
    }
  /** `expr(index, value)`: left to the index. */
  | { readonly kind: 'expression'; readonly index: string; readonly value: Term };

/** What `IF` of UPDATE and DELETE looks at. */
export type ConditionSubject =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'element'; readonly column: string; readonly key: Term }
  | { readonly kind: 'field'; readonly column: string; readonly field: string };

export interface ColumnCondition {
  readonly subject: ConditionSubject;
  readonly test:
    | {
        readonly operator: Comparison | 'CONTAINS' | 'CONTAINS KEY';
        readonly value: Term;
      }
    | { readonly operator: 'IN'; readonly values: readonly Term[] | Marker };
}
