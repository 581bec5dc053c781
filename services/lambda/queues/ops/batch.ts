/** The frame of the batch operations: entries with ids, of which some fail and others do not. */
import { AwsError } from '@hypergate/kit';
import { queryCodeOf, queueError } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import type { Members } from './row.ts';

export interface BatchResult {
  readonly Successful: readonly Members[];
  readonly Failed: readonly Members[];
}

const idForm = /^[A-Za-z0-9_-]+$/;

/** @throws AwsError about the request as a whole */
export function entriesOf(input: Members): readonly Members[] {
  const entries = (input.Entries ?? []) as readonly Members[];
  if (entries.length === 0)
    throw queueError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > queueLimits.batchEntriesMax)
    throw queueError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${queueLimits.batchEntriesMax}. You have sent ${entries.length}.`,
    );
  const seen = new Set<string>();
  for (const { Id: id } of entries) {
    if (typeof id !== 'string' || !idForm.test(id) || id.length > queueLimits.batchIdMax)
      throw queueError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    if (seen.has(id)) throw queueError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

/**
 * Reads each entry, does what can be done together, and tells of each.
 * @param read what is asked for. @throws AwsError about this entry
 * @param perform for entries that could be read
 * @returns what became of each, in order: members of its answer, or its error
 */
export async function inBatch<Asked>(
  entries: readonly Members[],
  read: (entry: Members) => Asked,
  perform: (asked: readonly Asked[]) => Promise<readonly (Members | AwsError)[]>,
): Promise<BatchResult> {
  const results = new Map<Members, Members | AwsError>();
  const asked: { readonly entry: Members; readonly what: Asked }[] = [];
  for (const entry of entries) {
    try {
      asked.push({ entry, what: read(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      results.set(entry, error);
    }
  }
  const done = asked.length === 0 ? [] : await perform(asked.map(({ what }) => what));
  for (const [at, { entry }] of asked.entries()) results.set(entry, done[at]!);
  const successful: Members[] = [];
  const failed: Members[] = [];
  for (const [{ Id }, result] of results) {
    if (!(result instanceof AwsError)) successful.push({ Id, ...result });
    else
      failed.push({
        Id,
        SenderFault: result.status < 500,
        Code: queryCodeOf(result),
        Message: result.message,
      });
  }
  return { Successful: successful, Failed: failed };
}
