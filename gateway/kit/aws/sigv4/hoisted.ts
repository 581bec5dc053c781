/** Headers that a presigned URL carries as parameters. */
import { signatureParameters } from './read-query.ts';

/**
 * `x-amz-*` parameters by their names in lower case, without those of the signature itself; the first of a repeated name counts.
 * @param query decoded
 */
export function hoistedParameters(query: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const hoisted = new Map<string, string>();
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    if (lower.startsWith('x-amz-') && !signatureParameters.has(lower) && !hoisted.has(lower)) {
      hoisted.set(lower, value);
    }
  }
  return hoisted;
}
