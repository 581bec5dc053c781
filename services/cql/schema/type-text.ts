/** Texts of types in definitions of functions, and of the system's own tables. */
import { CqlError } from '../errors.ts';
import { type CqlType, nativeNames } from '../types/api.ts';
import { typeText } from '../types/type-text.ts';
import type { RawType } from './raw-type.ts';
import { freeze } from './type-facts.ts';

/** As an argument or result of a function: there `frozen` is not written around a tuple. */
export function argumentTypeText(type: CqlType): string {
  return type.kind === 'tuple' ? `tuple<${type.elements.map(typeText).join(', ')}>` : typeText(type);
}

/** Equal for types that mean the same argument of a function. */
export function signatureText(types: readonly CqlType[]): string {
  return types.map((type) => typeText(freeze(type))).join(', ');
}

const natives: ReadonlySet<string> = new Set(nativeNames);

/** Text of a type, without user types of other keyspaces: for definitions that stand in this program. */
export function parseTypeText(text: string): RawType {
  const tokens = text.match(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[A-Za-z0-9_]+|[<>,]/g) ?? [];
  let at = 0;
  const fail = () => new CqlError('server', `Not the text of a type: ${text}`);
  const expect = (token: string) => {
    if (tokens[at++] !== token) throw fail();
  };
  const list = (): RawType[] => {
    const types = [one()];
    while (tokens[at] === ',') {
      at += 1;
      types.push(one());
    }
    return types;
  };
  const within = <T>(read: () => T): T => {
    expect('<');
    const value = read();
    expect('>');
    return value;
  };
  const map = (): RawType => {
    const [key, value, ...more] = within(list);
    if (key === undefined || value === undefined || more.length > 0) throw fail();
    return { kind: 'map', key, value };
  };
  const one = (): RawType => {
    const token = tokens[at++];
    if (token === undefined || /^[<>,]/.test(token)) throw fail();
    if (token.startsWith('"'))
      return { kind: 'user', name: { name: token.slice(1, -1).replaceAll('""', '"') } };
    if (token.startsWith("'")) return { kind: 'custom', className: token.slice(1, -1).replaceAll("''", "'") };
    if (tokens[at] === '<') {
      if (token === 'list' || token === 'set') return { kind: token, element: within(one) };
      if (token === 'map') return map();
      if (token === 'tuple') return { kind: 'tuple', elements: within(list) };
      if (token === 'frozen') return { kind: 'frozen', type: within(one) };
      if (token === 'vector')
        return within(() => {
          const element = one();
          expect(',');
          return { kind: 'vector', element, dimension: Number(tokens[at++]) };
        });
    }
    return natives.has(token) ? { kind: 'native', name: token } : { kind: 'user', name: { name: token } };
  };
  const type = one();
  if (at !== tokens.length) throw fail();
  return type;
}
