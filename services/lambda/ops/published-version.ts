/** A version out of `$LATEST`. */
import type { VersionRow } from '../model/function-rows.ts';
import type { LambdaContext } from '../store/context.ts';
import { uuid } from '../store/ids.ts';

export function publishedFrom(
  context: LambdaContext,
  source: VersionRow,
  number: number,
  description = source.description,
): VersionRow {
  return {
    ...source,
    version: String(number),
    revisionId: uuid(context.random),
    description,
    sourceDescription: source.description,
  };
}

/** Nothing has changed since it was published: then publishing gives it again. */
export function isSame(published: VersionRow, source: VersionRow): boolean {
  return contents(published, published.sourceDescription) === contents(source, source.description);
}

/** Without what identifies a version, in one order of members. */
function contents(row: VersionRow, description: string | undefined): string {
  const { version, revisionId, lastModifiedMs, sourceDescription, circuit, ...rest } = row;
  return JSON.stringify(inOrder({ ...rest, description }));
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member)]));
}
