/**
 * Types as CQL writes them, in statements and in `system_schema`: `frozen<map<int, text>>`. User-defined types stand there by name,
 * so reading needs somebody who knows them.
 */
import { type CqlType, nativeNames, type UdtType } from './api.ts';
import { typeOfClass } from './class-names.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';
import { quoteName, quoteText, quoteTypeName } from './quoting.ts';
import { checkDimension, freeze, typesWithin } from './type-shape.ts';

const natives = new Map(nativeNames.map((name) => [name as string, { kind: 'native', name } as const]));

/** The one value of each type that has no parameters; `varchar` is `text`. */
export function nativeType(name: string): CqlType | undefined {
  return natives.get(name === 'varchar' ? 'text' : name);
}

function frozenText(text: string, frozen: boolean): string {
  return frozen ? `frozen<${text}>` : text;
}

export function typeText(type: CqlType): string {
  switch (type.kind) {
    case 'native':
      return type.name;
    case 'list':
    case 'set':
      return frozenText(`${type.kind}<${typeText(type.element)}>`, type.frozen);
    case 'map':
      return frozenText(`map<${typeText(type.key)}, ${typeText(type.value)}>`, type.frozen);
    case 'tuple':
      return frozenText(`tuple<${type.elements.map(typeText).join(', ')}>`, true);
    case 'udt':
      return frozenText(quoteTypeName(type.name), type.frozen);
    case 'vector':
      return `vector<${typeText(type.element)}, ${type.dimension}>`;
    case 'custom':
      return quoteText(type.className);
  }
}

export function sameType(left: CqlType, right: CqlType): boolean {
  if (left === right) return true;
  if (left.kind === 'native' && right.kind === 'native') return left.name === right.name;
  // Names of keyspaces are not in the text.
  return typeText(left) === typeText(right) && keyspacesOf(left) === keyspacesOf(right);
}

function keyspacesOf(type: CqlType): string {
  return typesWithin(type)
    .filter((one) => one.kind === 'udt')
    .map(({ keyspace }) => quoteName(keyspace))
    .join();
}

/** Finds a user-defined type, not frozen; without a keyspace in that of the text. */
export type ResolveUdt = (keyspace: string | undefined, name: string) => UdtType | undefined;

const tokenPattern = /\s*(?:([A-Za-z0-9_]+)|"((?:[^"]|"")+)"|'((?:[^']|'')*)'|([<>,.]))\s*/y;

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'sign';
  readonly text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const found = tokenPattern.exec(text);
    if (!found) throw new MarshalError(`Not a type: ${text}`);
    const [, word, quoted, string, sign] = found;
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"') });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.replaceAll("''", "'") });
    else tokens.push({ kind: 'sign', text: sign! });
  }
  return tokens;
}

class TypeReader {
  private readonly text: string;
  private readonly resolve: ResolveUdt;
  private readonly tokens: Token[];
  private at = 0;
  private depth = 0;

  constructor(text: string, resolve: ResolveUdt) {
    this.text = text;
    this.resolve = resolve;
    this.tokens = tokensOf(text);
  }

  whole(): CqlType {
    const type = this.type();
    if (this.at < this.tokens.length) throw this.failure();
    return type;
  }

  private failure(): MarshalError {
    return new MarshalError(`Not a type: ${this.text}`);
  }

  private next(): Token {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.failure();
    return token;
  }

  private takes(sign: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.at += 1;
    return true;
  }

  private expect(sign: string): void {
    if (!this.takes(sign)) throw this.failure();
  }

  private parameters(count: number): CqlType[] {
    const types: CqlType[] = [];
    do types.push(this.type());
    while (this.takes(','));
    this.expect('>');
    if (count > 0 && types.length !== count) throw this.failure();
    return types;
  }

  private type(): CqlType {
    if (++this.depth > typeLimits.depthMax) throw this.failure();
    const type = this.unlimited();
    this.depth -= 1;
    return type;
  }

  private unlimited(): CqlType {
    const token = this.next();
    if (token.kind === 'string') return typeOfClass(token.text);
    if (token.kind === 'sign') throw this.failure();
    if (token.kind === 'word' && this.takes('<')) return this.parametrized(token.text);
    if (this.takes('.')) return this.udt(token.text, this.next().text);
    return (token.kind === 'word' ? nativeType(token.text) : undefined) ?? this.udt(undefined, token.text);
  }

  private parametrized(name: string): CqlType {
    switch (name) {
      case 'frozen':
        return freeze(this.parameters(1)[0]!);
      case 'list':
      case 'set':
        return { kind: name, element: this.parameters(1)[0]!, frozen: false };
      case 'map': {
        const [key, value] = this.parameters(2);
        return { kind: 'map', key: key!, value: value!, frozen: false };
      }
      case 'tuple':
        return { kind: 'tuple', elements: this.parameters(0).map(freeze) };
      case 'vector': {
        const element = freeze(this.type());
        this.expect(',');
        const dimension = Number(this.next().text);
        this.expect('>');
        return { kind: 'vector', element, dimension: checkDimension(dimension) };
      }
      default:
        throw this.failure();
    }
  }

  private udt(keyspace: string | undefined, name: string): CqlType {
    const type = this.resolve(keyspace, name);
    if (type === undefined)
      throw new MarshalError(`Unknown type ${keyspace === undefined ? '' : `${keyspace}.`}${name}`);
    return type;
  }
}

/** Reads what `typeText` wrote, and types as statements have them. */
export function parseTypeText(text: string, resolve: ResolveUdt = () => undefined): CqlType {
  if (text.length > typeLimits.typeCharactersMax) throw new MarshalError('The text of a type is too long');
  return new TypeReader(text, resolve).whole();
}
