/** A key's record in words. Runs in browsers. */
import { type KeyRecord, type KeyVersion, managerOf } from '../engine/key-record.ts';
import { type Facts, fact, hashText, quoted, timeText } from './facts.ts';

const encoder = new TextEncoder();

export function describeKey(key: KeyRecord): { readonly statement: string; readonly facts: Facts } {
  const { keyId, state, account } = key;
  const what = `the key ${keyId} of the account ${quoted(account)}`;
  const statement = state === 'Deleted' ? `${what} was deleted` : `${what} is ${state}`;
  return { statement, facts: factsOf(key) };
}

function factsOf(key: KeyRecord): Facts {
  return [
    ['region', quoted(key.region)],
    ['spec', key.spec],
    ['usage', key.usage],
    ['origin', key.origin],
    ['manager', managerOf(key)],
    [
      'secret',
      key.dealer
        ? 'was in one place when the key was made or imported, and in shares since'
        : 'was never in one place',
    ],
    ['created', timeText(key.createdMs)],
    ...fact('will be deleted', key.deletionMs, timeText),
    ...fact('description', key.description || undefined, quoted),
    ...fact(
      'multi-Region',
      key.multiRegion,
      ({ type, primaryRegion }) => `${type} of ${quoted(primaryRegion)}`,
    ),
    ...fact('sha256 of the key policy', key.policy || undefined, (text) => hashText(encoder.encode(text))),
    ...key.tags.map(({ key: name, value }) => ['tag', `${quoted(name)}: ${quoted(value)}`] as const),
    ...key.aliases.map((name) => ['alias', quoted(name)] as const),
    ...fact('sha256 of the public key', key.publicKey, hashText),
    ...fact(
      'rotation',
      key.rotation,
      ({ periodDays, nextMs }) => `every ${periodDays} days, next ${timeText(nextMs)}`,
    ),
    ['grants', String(key.grants)],
    ...key.versions.map((version) => ['version', versionText(version)] as const),
  ];
}

function versionText({ materialId, createdMs, cause, state, imported }: KeyVersion): string {
  const parts = [materialId, state, `${cause} ${timeText(createdMs)}`];
  if (imported !== undefined) {
    parts.push(imported.present ? 'imported' : 'imported and no longer there');
    if (imported.validToMs !== undefined) parts.push(`until ${timeText(imported.validToMs)}`);
    if (imported.description !== undefined) parts.push(quoted(imported.description));
  }
  return parts.join(', ');
}
