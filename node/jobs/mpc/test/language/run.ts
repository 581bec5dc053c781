/** Short sources for tests: the body of an entry point of two parties. */
import { expect } from 'vitest';
import { compile, runCircuitInClear, runInClear } from '../../language/index.ts';

const imported =
  `import { abs, aes128, aes256, bool, concatBits, equal, fill, FixedArray, fromBits, fromBytesBE, fromBytesLE, hex, hmacSha256,
  i8, i16, i32, i64, int, max, min, popcount, reverseBytes, rotateLeft, rotateRight, sha256, sha512, slice, toBits, toBytesBE,
  toBytesLE, u1, u2, u4, u8, u16, u32, u64, u128, uint, utf8, zero } from 'hypergate:mpc';`.replaceAll(
    '\n',
    ' ',
  );

/** The first line of the body is line 3, and its first character column 3. */
export function sourceOf(body: string, { inputs = 'x: u8; y: u8', top = '' } = {}): string {
  return `${imported} ${top.replaceAll('\n', ' ')}
export default function main(alice: { ${inputs} }, bob: { b: u8 }) { const { ${namesOf(inputs)} } = alice; const { b } = bob;
  ${body}
}`;
}

function namesOf(inputs: string): string {
  return [...inputs.matchAll(/(?:^|; )([a-z]\w*)(?=:)/g)].map((match) => match[1]).join(', ');
}

/** What all learn of `result`, computed both ways. */
export function resultOf(
  body: string,
  values: { readonly [name: string]: unknown },
  options: { readonly inputs?: string; readonly top?: string } = {},
): unknown {
  const { b = 0, ...alice } = values;
  const compiled = compile(sourceOf(body, options));
  const inputs = { alice: { ...(options.inputs === undefined ? { x: 0, y: 0 } : {}), ...alice }, bob: { b } };
  const results = runCircuitInClear(compiled, inputs);
  expect(runInClear(compiled, inputs)).toEqual(results);
  return results.bob?.result;
}
