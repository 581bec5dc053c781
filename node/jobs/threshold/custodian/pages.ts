/**
 * What changed after a control call, in pages that are the same bytes at all custodians with the same head. A page never ends between
 * two subjects of one call: the next begins after its number.
 */
import type { Authority } from '../../../api/index.ts';
import type { Page, Subject } from './format/catch-up.ts';
import { custodianLimits } from './limits.ts';

const noBytes = new Uint8Array(0);

export async function readPage(authority: Authority, since: number): Promise<Page> {
  const head = await authority.head();
  const { names, isLast } = await wholeCalls(authority, since);
  const subjects: Subject[] = [];
  let bytes = 0;
  for (const { subject, sequence } of names) {
    const snapshot = (await authority.snapshot(subject)) ?? noBytes;
    bytes += snapshot.length + subject.length;
    const isFull = bytes > custodianLimits.pageBytesMax && subjects.length > 0;
    if (isFull && sequence !== subjects.at(-1)!.sequence) return { since, head, subjects, isLast: false };
    subjects.push({ subject, sequence, snapshot });
  }
  return { since, head, subjects, isLast };
}

type Changes = Awaited<ReturnType<Authority['changedSince']>>;

async function wholeCalls(
  authority: Authority,
  since: number,
): Promise<{ readonly names: Changes; readonly isLast: boolean }> {
  for (let max: number = custodianLimits.pageSubjectsMax; ; max *= 2) {
    if (max > custodianLimits.listMax) throw new RangeError('one control call changed too many subjects');
    const names = await authority.changedSince(since, max);
    if (names.length < max) return { names, isLast: true };
    const end = names.at(-1)!.sequence;
    const whole = names.filter(({ sequence }) => sequence !== end);
    if (whole.length > 0) return { names: whole, isLast: false };
  }
}
