/** What the parts of the checker share: the source, the names of its top level, and the function that is being checked. */
import type { Budget } from '../budget.ts';
import type { CompileError, CompileErrorCode, SourceText, Span } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { FunctionNode, NameNode, TypeDeclarationNode } from '../syntax/ast.ts';
import { sizeOf, type Type, typeText } from '../types.ts';
import type { Expression, FunctionInstance } from './tree.ts';

export type TopLevelName =
  | { readonly kind: 'import' }
  | { readonly kind: 'type'; readonly node: TypeDeclarationNode }
  | { readonly kind: 'function'; readonly node: FunctionNode }
  | { readonly kind: 'constant'; readonly index: number; readonly type: Type; readonly isKnown: boolean }
  /** A constant whose value is not checked yet. */
  | { readonly kind: 'later' };

/** What type parameters mean: a type, or a size. */
export type TypeArguments = ReadonlyMap<string, Type | bigint>;

export interface Variable {
  readonly slot: number;
  readonly type: Type;
  readonly isKnown: boolean;
  readonly isConst: boolean;
  /** No part of it can be assigned to: in JavaScript it would be a part of something else too. */
  isShared: boolean;
}

export class Context {
  readonly source: SourceText;
  readonly budget: Budget;
  readonly names = new Map<string, TopLevelName>();
  readonly globals: Expression[] = [];
  readonly instances = new Map<string, FunctionInstance>();
  /** Bodies of functions that say what they return, which can wait. */
  readonly waiting: (() => void)[] = [];
  /** Types that are being resolved. */
  readonly resolving = new Set<TypeDeclarationNode>();
  readonly resolved = new Map<TypeDeclarationNode, Type | bigint>();

  constructor(source: SourceText, budget: Budget) {
    this.source = source;
    this.budget = budget;
  }

  error(code: CompileErrorCode, span: Span, text: string): CompileError {
    return this.source.error(code, span, text);
  }

  declare({ name, ...span }: NameNode, meaning: TopLevelName): void {
    if (this.names.has(name)) throw this.error('duplicate-name', span, `${name} is declared already`);
    this.names.set(name, meaning);
  }

  /** @throws CompileError for a type that is too large */
  sized<T extends Type>(type: T, span: Span): T {
    const { bits, values, types } = sizeOf(type);
    const { valueBitsMax } = this.budget.limits;
    if (bits > valueBitsMax || values > valueBitsMax) {
      throw this.error('limit', span, `${typeText(type, 1)} has more than ${valueBitsMax} bits or elements`);
    }
    if (types > languageLimits.typesMax) {
      throw this.error('limit', span, `a type is made of more than ${languageLimits.typesMax} types`);
    }
    return type;
  }
}

/** A function while its body is checked. */
export class FunctionScope {
  readonly context: Context;
  readonly typeArguments: TypeArguments;
  /** Undefined while it is found out from the returns. */
  readonly returns: Type | undefined;
  readonly returnsFound: { value: Expression }[] = [];
  /** Loops around the statement. */
  loops = 0;
  /** Slots of arrays that loops around it go through. */
  readonly iterated = new Set<number>();
  private readonly scopes: Map<string, Variable | 'later'>[] = [];
  private used = 0;

  constructor(context: Context, typeArguments: TypeArguments, returns: Type | undefined) {
    this.context = context;
    this.typeArguments = typeArguments;
    this.returns = returns;
  }

  get slots(): number {
    return this.used;
  }

  /** @param names that will be declared in it: until then they have no meaning, as in TypeScript */
  inScope<T>(names: readonly NameNode[], check: () => T): T {
    const scope = new Map<string, Variable | 'later'>();
    for (const { name, ...span } of names) {
      if (scope.has(name)) {
        throw this.context.error('duplicate-name', span, `${name} is declared already`);
      }
      scope.set(name, 'later');
    }
    const before = this.used;
    this.scopes.push(scope);
    const result = check();
    this.scopes.pop();
    this.used = before;
    return result;
  }

  declare({ name }: NameNode, variable: Omit<Variable, 'slot'>): Variable {
    const declared = { ...variable, slot: this.used++ };
    this.scopes.at(-1)!.set(name, declared);
    return declared;
  }

  /** @throws CompileError for one that is declared further down */
  find({ name, ...span }: NameNode): Variable | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]!.get(name);
      if (found === 'later')
        throw this.context.error('unknown-name', span, `${name} is declared further down`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
