/**
 * `Lineage` of an `X-Amzn-Trace-Id`: the functions that a chain of requests went through, each with how often, as
 * `hash:count|hash:count`. SDKs inside of functions pass the header on, so a function that comes to itself again, over whichever others, is
 * noticed (developer guide, "recursive loop detection").
 */
import { hash } from 'node:crypto';
import { lambdaError } from '../engine/errors.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { invokeLimits } from './limits.ts';

const entry = /^([0-9a-f]{8}):([0-9]{1,3})$/;
const prefix = 'Lineage=';

/** Eight digits that stand for a function in lineages. */
export const lineageName = (functionId: string): string => hash('sha256', functionId, 'hex').slice(0, 8);

/** How often a chain went through a function. @param name `lineageName` of the function */
export const timesIn = (traceId: string, name: string): number => read(traceId).counts.get(name) ?? 0;

/** A chain that may not go on into a function. */
export const isLoop = (traceId: string, { function: of }: ResolvedFunction): boolean =>
  of.recursiveLoop === 'Terminate' &&
  timesIn(traceId, lineageName(of.id)) >= invokeLimits.lineageInvocationsMax;

/**
 * The header for a function's own requests: this invocation is counted.
 * @param name `lineageName` of the function
 * @throws AwsError RecursiveInvocationException
 */
export function continueTrace(traceId: string, name: string, target: ResolvedFunction): string {
  const { fields, counts } = read(traceId);
  const count = (counts.get(name) ?? 0) + 1;
  if (count > invokeLimits.lineageInvocationsMax && target.function.recursiveLoop === 'Terminate')
    throw lambdaError(
      'RecursiveInvocationException',
      'Lambda detected that the function invokes itself in a loop, and stopped it.',
    );
  // Last is where one that was invoked again stays: what is forgotten first has not been met for longest.
  counts.delete(name);
  counts.set(name, Math.min(count, 255));
  const entries = [...counts].slice(-invokeLimits.lineageEntriesMax);
  fields.push(prefix + entries.map(([one, times]) => `${one}:${times}`).join('|'));
  return fields.join(';');
}

/** Too long a header says nothing. */
function read(traceId: string): { readonly fields: string[]; readonly counts: Map<string, number> } {
  const given = traceId.length > invokeLimits.traceIdCharsMax ? '' : traceId;
  const fields: string[] = [];
  const counts = new Map<string, number>();
  for (const field of given.split(';')) {
    if (field.startsWith(prefix)) readInto(counts, field.slice(prefix.length));
    else if (field !== '') fields.push(field);
  }
  return { fields, counts };
}

function readInto(counts: Map<string, number>, text: string): void {
  for (const part of text.split('|')) {
    const found = entry.exec(part);
    if (found !== null) counts.set(found[1]!, Math.min(255, Number(found[2])));
  }
}
