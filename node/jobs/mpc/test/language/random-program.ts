/**
 * Random programs that are right, from a seed. Every result of an operator is cast to its type (`u8(a + b)`), indexes are kept in
 * range and arrays are copied, so that the same text, with its types taken away, is JavaScript that computes the same. Without
 * `plain`, what JavaScript does otherwise comes in too: wrap-around without casts, indexes out of range, wide integers.
 */
import { Choices } from './choices.ts';

export interface RandomProgram {
  readonly source: string;
  /** By party and name: the type of the input. */
  readonly inputs: { readonly [party: string]: { readonly [name: string]: RandomType } };
}

export type RandomType =
  | { readonly kind: 'integer'; readonly isSigned: boolean; readonly bits: number }
  | { readonly kind: 'bool' }
  | { readonly kind: 'array'; readonly element: RandomType; readonly length: number }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [string, RandomType])[] };

type IntegerType = RandomType & { readonly kind: 'integer' };

interface Variable {
  readonly name: string;
  readonly type: RandomType;
  readonly isMutable: boolean;
}

interface Helper {
  readonly name: string;
  readonly parameters: readonly RandomType[];
  readonly returns: RandomType;
}

const bool: RandomType = { kind: 'bool' };
const integer = (bits: number, isSigned = false): IntegerType => ({ kind: 'integer', isSigned, bits });

const plainIntegers = [integer(8), integer(16), integer(24), integer(8, true), integer(16, true), integer(4)];
const allIntegers = [
  ...plainIntegers,
  ...[1, 2, 3, 5, 7, 13, 32, 33, 64, 128].flatMap((bits) => [integer(bits), integer(bits, true)]),
];

export function randomProgram(seed: string, plain: boolean): RandomProgram {
  return new Generator(new Choices(seed), plain).program();
}

/** Of the integer types that a source can import, a name; otherwise its generic form. */
function nameOf({ isSigned, bits }: IntegerType): string {
  const isNamed = [1, 2, 4, 8, 16, 24, 32, 64, 128].includes(bits);
  if (isNamed) return `${isSigned ? 'i' : 'u'}${bits}`;
  return `${isSigned ? 'int' : 'uint'}<${bits}>`;
}

class Generator {
  private readonly choices: Choices;
  private readonly plain: boolean;
  private readonly helpers: Helper[] = [];
  private readonly imports = new Set<string>();
  private scopes: Variable[][] = [];
  /** Numbers of loops that are known while compiling, with what they stay below. */
  private counters: { readonly name: string; readonly below: number }[] = [];
  private names = 0;
  private loops = 0;
  private returns: RandomType = bool;

  constructor(choices: Choices, plain: boolean) {
    this.choices = choices;
    this.plain = plain;
  }

  program(): RandomProgram {
    const helpers = Array.from({ length: this.choices.below(3) }, () => this.helper());
    const parties = ['alice', 'bob', 'carol'].slice(0, 2 + this.choices.below(2));
    const inputs = Object.fromEntries(
      parties.map((party) => [
        party,
        Object.fromEntries(
          Array.from({ length: 1 + this.choices.below(3) }, (_, i) => [`${party[0]}${i}`, this.type(2)]),
        ),
      ]),
    );
    const parameters = parties.map((party) => {
      const fields = Object.entries(inputs[party]!).map(([name, type]) => `${name}: ${this.text(type)}`);
      return `${party}: { ${fields.join('; ')} }`;
    });
    this.scopes = [[]];
    const taken = parties.flatMap((party) =>
      Object.entries(inputs[party]!).map(([name, type]) => {
        this.scopes[0]!.push({ name, type, isMutable: false });
        return `  const ${name} = ${party}.${name};`;
      }),
    );
    const body = this.statements(4 + this.choices.below(5), false);
    const outputs = Array.from({ length: 2 }, (_, i) => `o${i}: ${this.expression(this.type(2), 3)}`);
    const own = this.expression(this.type(1), 3);
    const main = [
      `export default function main(${parameters.join(', ')}) {`,
      ...taken,
      ...body.map((line) => `  ${line}`),
      `  return { all: { ${outputs.join(', ')} }, alice: { own: ${own} } };`,
      '}',
    ];
    const imported = `import { ${[...this.imports].join(', ')} } from 'hypergate:mpc';`;
    return { source: [imported, ...helpers.flat(), ...main, ''].join('\n'), inputs };
  }

  private helper(): string[] {
    const parameters = Array.from({ length: 1 + this.choices.below(2) }, () => this.type(1));
    this.returns = this.type(1);
    const name = this.name('f');
    this.scopes = [
      parameters.map((type, i) => ({ name: `p${i}`, type, isMutable: type.kind === 'integer' })),
    ];
    const head = parameters.map((type, i) => `p${i}: ${this.text(type)}`).join(', ');
    const body = this.statements(3, true);
    const last = `return ${this.expression(this.returns, 3)};`;
    const lines = [
      `function ${name}(${head}): ${this.text(this.returns)} {`,
      ...[...body, last].map((line) => `  ${line}`),
      '}',
    ];
    this.helpers.push({ name, parameters, returns: this.returns });
    return lines;
  }

  private name(prefix: string): string {
    return `${prefix}${this.names++}`;
  }

  private text(type: RandomType): string {
    switch (type.kind) {
      case 'bool':
        this.imports.add('bool');
        return 'bool';
      case 'integer':
        this.imports.add(nameOf(type).replace(/<.*/, ''));
        return nameOf(type);
      case 'array':
        this.imports.add('type FixedArray');
        return `FixedArray<${this.text(type.element)}, ${type.length}>`;
      case 'struct':
        return `{ ${type.fields.map(([name, each]) => `${name}: ${this.text(each)}`).join('; ')} }`;
    }
  }

  private integerType(): IntegerType {
    return this.choices.one(this.plain ? plainIntegers : allIntegers);
  }

  private type(depth: number): RandomType {
    const kind = this.choices.below(depth === 0 ? 5 : 8);
    if (kind === 0) return bool;
    if (kind < 5) return this.integerType();
    if (kind < 7) {
      const length = this.plain ? this.choices.one([2, 4]) : 1 + this.choices.below(5);
      return { kind: 'array', element: this.type(depth - 1), length };
    }
    const fields = ['x', 'y'].slice(0, 1 + this.choices.below(2));
    return { kind: 'struct', fields: fields.map((name) => [name, this.type(depth - 1)] as const) };
  }

  private visible(): Variable[] {
    const byName = new Map(this.scopes.flat().map((variable) => [variable.name, variable]));
    return [...byName.values()];
  }

  /** @param inFunction so that there may be early returns */
  private statements(count: number, inFunction: boolean): string[] {
    return Array.from({ length: count }, () => this.statement(inFunction, 2)).flat();
  }

  private block(inFunction: boolean, depth: number): string[] {
    this.scopes.push([]);
    const lines = Array.from({ length: 1 + this.choices.below(3) }, () =>
      this.statement(inFunction, depth),
    ).flat();
    this.scopes.pop();
    return lines.map((line) => `  ${line}`);
  }

  private statement(inFunction: boolean, depth: number): string[] {
    const kind = this.choices.below(depth === 0 ? 5 : 9);
    if (kind < 2) return [this.declaration()];
    if (kind < 5) return [this.assignment()];
    if (kind < 7) return this.conditional(inFunction, depth);
    return this.loop(inFunction, depth);
  }

  private declaration(): string {
    const type = this.type(2);
    const value = this.expression(type, 3);
    const name = this.name('v');
    const isMutable = this.choices.below(3) > 0;
    const isWritten = this.choices.below(2) === 0 || /^-?[0-9]/.test(value) || value.startsWith('[');
    this.scopes.at(-1)!.push({ name, type, isMutable: isMutable });
    // A literal alone has no type yet, and one that begins with a cast has.
    const annotation = isWritten || type.kind !== 'bool' ? `: ${this.text(type)}` : '';
    return `${isMutable ? 'let' : 'const'} ${name}${annotation} = ${value};`;
  }

  private assignment(): string {
    const targets = this.visible().filter(({ isMutable }) => isMutable);
    if (targets.length === 0) return this.declaration();
    let { name: place, type } = this.choices.one(targets) as { name: string; type: RandomType };
    while (type.kind !== 'integer' && type.kind !== 'bool' && this.choices.below(4) > 0) {
      if (type.kind === 'array') {
        place = `${place}[${this.index(type.length, 1)}]`;
        type = type.element;
      } else {
        const [name, of] = this.choices.one(type.fields);
        place = `${place}.${name}`;
        type = of;
      }
    }
    if (type.kind === 'integer' && !this.plain && this.choices.below(3) === 0) {
      const operator = this.choices.one(['+', '-', '*', '&', '|', '^']);
      return `${place} ${operator}= ${this.expression(type, 2)};`;
    }
    return `${place} = ${this.expression(type, 3)};`;
  }

  private conditional(inFunction: boolean, depth: number): string[] {
    const lines = [`if (${this.expression(bool, 2)}) {`, ...this.block(inFunction, depth - 1)];
    lines.push(...this.jump(inFunction));
    if (this.choices.below(2) === 0) lines.push('} else {', ...this.block(inFunction, depth - 1));
    return [...lines, '}'];
  }

  private jump(inFunction: boolean): string[] {
    const kind = this.choices.below(4);
    if (kind === 0 && this.loops > 0) return ['  break;'];
    if (kind === 1 && this.loops > 0) return ['  continue;'];
    if (kind === 2 && inFunction) return [`  return ${this.expression(this.returns, 2)};`];
    return [];
  }

  private loop(inFunction: boolean, depth: number): string[] {
    const arrays = this.visible().filter(({ type }) => type.kind === 'array');
    this.loops++;
    let lines: string[];
    if (arrays.length > 0 && this.choices.below(2) === 0) {
      const { name: array, type } = this.choices.one(arrays);
      const name = this.name('e');
      const element = type.kind === 'array' ? type.element : type;
      // While a loop goes through it, an array does not change: here it is hidden by a name that cannot.
      this.scopes.push([
        { name, type: element, isMutable: false },
        { name: array, type, isMutable: false },
      ]);
      lines = [`for (const ${name} of ${array}) {`, ...this.block(inFunction, depth - 1), '}'];
      this.scopes.pop();
    } else {
      const name = this.name('k');
      const below = 1 + this.choices.below(4);
      this.counters.push({ name, below });
      lines = [
        `for (let ${name} = 0; ${name} < ${below}; ${name}++) {`,
        ...this.block(inFunction, depth - 1),
        '}',
      ];
      this.counters.pop();
    }
    this.loops--;
    return lines;
  }

  /** Of an array: a constant, a counter that stays below, or an expression. */
  private index(length: number, depth: number): string {
    const counters = this.counters.filter(({ below }) => below <= length);
    const kind = this.choices.below(3);
    if (kind === 0 || depth === 0) return String(this.choices.below(length));
    if (kind === 1 && counters.length > 0) return this.choices.one(counters).name;
    if (!this.plain)
      return this.expression(this.choices.one(allIntegers.filter((each) => !each.isSigned)), depth - 1);
    // Lengths are powers of two here.
    return `${this.expression(integer(8), depth - 1)} & ${length - 1}`;
  }

  expression(type: RandomType, depth: number): string {
    const parts = this.partsOfType(type, depth);
    if (parts.length > 0 && this.choices.below(depth === 0 ? 2 : 3) === 0) {
      const found = this.choices.one(parts)();
      // What is not scalar is copied, as values are here and references are not in JavaScript.
      return type.kind === 'array' || type.kind === 'struct' ? this.copy(found, type) : found;
    }
    switch (type.kind) {
      case 'bool':
        return this.boolean(depth);
      case 'integer':
        return this.integer(type, depth);
      case 'array':
        return `[${Array.from({ length: type.length }, () => this.expression(type.element, depth - 1)).join(', ')}]`;
      case 'struct':
        return `{ ${type.fields.map(([name, each]) => `${name}: ${this.expression(each, depth - 1)}`).join(', ')} }`;
    }
  }

  private copy(text: string, type: RandomType): string {
    if (type.kind === 'array') {
      if (type.element.kind === 'integer' || type.element.kind === 'bool') return `[...${text}]`;
      return `[${Array.from({ length: type.length }, (_, i) => this.copy(`${text}[${i}]`, type.element)).join(', ')}]`;
    }
    if (type.kind !== 'struct') return text;
    return `{ ${type.fields.map(([name, each]) => `${name}: ${this.copy(`${text}.${name}`, each)}`).join(', ')} }`;
  }

  /** Places in variables that hold the type, each written when it is asked for. */
  private partsOfType(wanted: RandomType, depth: number): (() => string)[] {
    const found: (() => string)[] = [];
    const key = JSON.stringify(wanted);
    const visit = (text: () => string, type: RandomType): void => {
      if (JSON.stringify(type) === key) found.push(text);
      else if (type.kind === 'array') {
        visit(() => `${text()}[${this.index(type.length, depth > 1 ? 1 : 0)}]`, type.element);
      } else if (type.kind === 'struct') {
        for (const [name, each] of type.fields) visit(() => `${text()}.${name}`, each);
      }
    };
    for (const { name, type } of this.visible()) visit(() => name, type);
    return found;
  }

  private call(returns: RandomType, depth: number): string | undefined {
    const key = JSON.stringify(returns);
    const helpers = this.helpers.filter((each) => JSON.stringify(each.returns) === key);
    if (helpers.length === 0 || this.choices.below(2) === 0) return undefined;
    const { name, parameters } = this.choices.one(helpers);
    return `${name}(${parameters.map((each) => this.expression(each, depth - 1)).join(', ')})`;
  }

  private boolean(depth: number): string {
    if (depth <= 0) return this.choices.one(['true', 'false']);
    const kind = this.choices.below(7);
    const call = this.call(bool, depth);
    if (call !== undefined) return call;
    if (kind < 3) {
      const type = this.integerType();
      const operator = this.choices.one(['<', '<=', '>', '>=', '===', '!==']);
      return `(${this.expression(type, depth - 1)} ${operator} ${this.expression(type, depth - 1)})`;
    }
    if (kind === 3) return `!(${this.expression(bool, depth - 1)})`;
    if (kind === 4) return `(${this.choose(bool, depth)})`;
    const operator = this.choices.one(['&&', '||']);
    return `(${this.expression(bool, depth - 1)} ${operator} ${this.expression(bool, depth - 1)})`;
  }

  private choose(type: RandomType, depth: number): string {
    const [condition, whenTrue, whenFalse] = [bool, type, type].map((each) =>
      this.expression(each, depth - 1),
    );
    return `${condition} ? ${whenTrue} : ${whenFalse}`;
  }

  private literal({ isSigned, bits }: IntegerType): string {
    const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
    const greatest = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
    const kind = this.choices.below(4);
    const value =
      kind === 0 ? least : kind === 1 ? greatest : BigInt.asUintN(bits, this.choices.bits(bits)) + least;
    return String(value > greatest ? greatest : value);
  }

  private integer(type: IntegerType, depth: number): string {
    const cast = this.text(type);
    if (depth <= 0) return this.plain ? this.literal(type) : `${cast}(${this.literal(type)})`;
    const call = this.call(type, depth);
    if (call !== undefined) return call;
    const inner = (of: RandomType = type): string => this.expression(of, depth - 1);
    const wrapped = (text: string): string =>
      this.plain || this.choices.below(2) === 0 ? `${cast}(${text})` : `(${text})`;
    switch (this.choices.below(10)) {
      case 0:
        return `${cast}(${this.literal(type)})`;
      case 1: {
        const from = this.integerType();
        if (this.choices.below(3) === 0) return `${cast}(${inner(bool)})`;
        return `${cast}(${this.text(from)}(${inner(from)}))`;
      }
      case 2:
        return wrapped(`${this.choices.one(['-', '~'])}${wrapped(inner())}`);
      case 3:
        return wrapped(this.typed(type, this.choose(type, depth)));
      case 4:
        return this.shift(type, depth);
      case 5:
        return this.builtin(type, inner);
      case 6: {
        // Neither side may be a constant: a divisor that is zero is an error then.
        const divisor = `${cast}(${inner(this.plain ? bool : integer(2))})`;
        return wrapped(`${inner()} / (${this.variableOf(type) ?? divisor})`);
      }
      default:
        return wrapped(
          `${wrapped(inner())} ${this.choices.one(['+', '-', '*', '&', '|', '^'])} ${wrapped(inner())}`,
        );
    }
  }

  private variableOf(type: RandomType): string | undefined {
    const key = JSON.stringify(type);
    return this.scopes[0]!.find((each) => JSON.stringify(each.type) === key)?.name;
  }

  /** Of a choice between literals, with the type. */
  private typed(type: IntegerType, text: string): string {
    const [condition, ...rest] = text.split(' ? ');
    return rest.length === 1
      ? `${condition} ? ${this.text(type)}(${rest[0]!.replace(' : ', `) : ${this.text(type)}(`)})`
      : text;
  }

  private shift(type: IntegerType, depth: number): string {
    const cast = this.text(type);
    const left = `${cast}(${this.expression(type, depth - 1)})`;
    const operator = this.choices.one(type.isSigned && this.plain ? ['<<', '>>'] : ['<<', '>>', '>>>']);
    if (this.plain) return `${cast}(${left} ${operator} ${this.choices.below(type.bits)})`;
    const by =
      this.choices.below(2) === 0
        ? String(this.choices.below(type.bits + 3))
        : `(${this.expression(this.choices.one([integer(3), integer(8), integer(64)]), depth - 1)})`;
    return `(${left} ${operator} ${by})`;
  }

  private builtin(type: IntegerType, inner: (of?: RandomType) => string): string {
    const cast = this.text(type);
    const use = (name: string, args: readonly string[]): string => {
      this.imports.add(name);
      return `${cast}(${name}(${args.join(', ')}))`;
    };
    const value = (): string => `${cast}(${inner()})`;
    const kind = this.choices.below(this.plain ? 3 : 6);
    if (kind < 2)
      return use(this.choices.one(['min', 'max']), [value(), value(), ...(kind === 0 ? [value()] : [])]);
    if (kind === 2) return type.isSigned ? use('abs', [value()]) : value();
    if (kind === 3) return use('popcount', [value()]);
    if (kind === 4) {
      const by =
        this.choices.below(2) === 0 ? String(this.choices.below(40)) : this.expression(integer(5), 1);
      return use(this.choices.one(['rotateLeft', 'rotateRight']), [value(), by]);
    }
    return type.bits % 8 === 0 ? use('reverseBytes', [value()]) : value();
  }
}
