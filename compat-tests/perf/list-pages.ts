/** Pages of ListObjectsV2 of at most 1,000 entries, and the check that a page is as full as the bucket allows. */
import { xmlTexts } from '../lib/s3-caller.ts';
import { type CallerState, keyName, keysPerFolder, type Workload } from './workloads.ts';

const pageEntries = 1000;
/** The head of an answer, with its counts and token, stands before its entries. */
const headBytes = 1500;

export async function listPage(work: Workload, state: CallerState): Promise<number> {
  const { query, entries } = pageOf(work, state);
  const page = await state.caller.ok({ method: 'GET', path: `/${work.bucket}`, query });
  const head = page.body.toString('utf8', 0, headBytes);
  const found = Number(xmlTexts(head, 'KeyCount')[0]);
  if (found !== entries) throw new Error(`${work.name}: ${found} entries instead of ${entries}`);
  if (work.kind === 'list-whole') state.token = xmlTexts(page.body, 'NextContinuationToken')[0];
  return page.bodyBytes;
}

function pageOf(work: Workload, state: CallerState): { query: Record<string, string>; entries: number } {
  const query: Record<string, string> = { 'list-type': '2', 'max-keys': String(pageEntries) };
  const afterOneOf = (count: number) => {
    const index = state.random.between(0, Math.max(0, count)) - 1;
    if (index >= 0) query['start-after'] = keyName(work.keyKind, index);
  };
  if (work.kind === 'list-prefixes') {
    Object.assign(query, { prefix: 'photos/', delimiter: '/' });
    const folders = work.keys / keysPerFolder;
    afterOneOf(work.keys - (pageEntries + 1) * keysPerFolder);
    return { query, entries: Math.min(pageEntries, folders) };
  }
  if (work.kind === 'list-random') afterOneOf(work.keys - pageEntries);
  if (work.kind === 'list-whole' && state.token !== undefined) query['continuation-token'] = state.token;
  return { query, entries: Math.min(pageEntries, work.keys) };
}
