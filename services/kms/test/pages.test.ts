/** Listings in pages: all of it, nothing twice, whatever changes in between; markers of other listings are refused. */
import * as aws from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { account, otherAccount, region } from './support/world.ts';

let gateway: Gateway;
let kms: aws.KMSClient;
const keyIds: string[] = [];
const create = async (client = kms) => (await client.send(new aws.CreateKeyCommand({}))).KeyMetadata!.KeyId!;

beforeAll(async () => {
  gateway = await openGateway();
  kms = gateway.client();
  for (let made = 0; made < 7; made += 1) keyIds.push(await create());
  keyIds.sort();
  await create(gateway.client(otherAccount));
});
afterAll(() => gateway.close());

interface Listed {
  readonly Truncated?: boolean | undefined;
  readonly NextMarker?: string | undefined;
}

/** All pages, each with what it has. */
async function pages<Page extends Listed>(
  read: (marker: string | undefined) => Promise<Page>,
): Promise<Page[]> {
  const all: Page[] = [];
  let marker: string | undefined;
  do {
    const page = await read(marker);
    expect(page.Truncated).toBe(page.NextMarker !== undefined);
    all.push(page);
    marker = page.NextMarker;
  } while (marker !== undefined);
  return all;
}

const markerOf = async (page: Promise<Listed>) => (await page).NextMarker!;
const firstKeys = (client = kms) => client.send(new aws.ListKeysCommand({ Limit: 3 }));

describe('keys', () => {
  test('come in pages, those of the account alone', async () => {
    const all = await pages((Marker) => kms.send(new aws.ListKeysCommand({ Limit: 3, Marker })));
    expect(all.map(({ Keys }) => Keys!.length)).toEqual([3, 3, 1]);
    expect(all.flatMap(({ Keys }) => Keys!.map(({ KeyId }) => KeyId))).toEqual(keyIds);
    const whole = await kms.send(new aws.ListKeysCommand({ Limit: 7 }));
    expect(whole.Truncated).toBe(false);
  });

  test('a marker of another account, of another listing, or changed by a byte is refused', async () => {
    const marker = await markerOf(firstKeys());
    const changed = `${marker.slice(0, -1)}${marker.endsWith('A') ? 'B' : 'A'}`;
    for (const Marker of [changed, marker.slice(2), `${marker}AAAA`, 'AQ', ' ']) {
      expect(await errorOf(kms.send(new aws.ListKeysCommand({ Marker })))).toContain(
        'InvalidMarkerException',
      );
    }
    const others = gateway.client(otherAccount).send(new aws.ListKeysCommand({ Marker: marker }));
    expect(await errorOf(others)).toContain('InvalidMarkerException');
    expect(await errorOf(kms.send(new aws.ListAliasesCommand({ Marker: marker })))).toContain(
      'InvalidMarkerException',
    );
  });
});

describe('aliases', () => {
  const names = Array.from({ length: 5 }, (_, index) => `alias/name-${index}`);
  const read = (input: aws.ListAliasesCommandInput) => kms.send(new aws.ListAliasesCommand(input));
  const namesOf = (all: readonly aws.ListAliasesCommandOutput[]) =>
    all.flatMap(({ Aliases }) => Aliases!.map(({ AliasName }) => AliasName));

  test('survive that the entry at the marker goes, and that others come', async () => {
    for (const [index, AliasName] of names.entries())
      await kms.send(new aws.CreateAliasCommand({ AliasName, TargetKeyId: keyIds[index % 2]! }));
    const first = await read({ Limit: 2 });
    expect(namesOf([first])).toEqual(names.slice(0, 2));
    expect(first.Aliases![0]).toMatchObject({
      AliasArn: `arn:aws:kms:${region}:${account}:alias/name-0`,
      TargetKeyId: keyIds[0],
    });
    // Where the next page would begin, behind it and before it.
    await kms.send(new aws.DeleteAliasCommand({ AliasName: names[1]! }));
    await kms.send(new aws.DeleteAliasCommand({ AliasName: names[2]! }));
    await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/earlier', TargetKeyId: keyIds[0]! }));
    await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/name-35', TargetKeyId: keyIds[0]! }));
    const rest = await pages((Marker) => read({ Limit: 2, Marker: Marker ?? first.NextMarker! }));
    expect(namesOf(rest)).toEqual(['alias/name-3', 'alias/name-35', 'alias/name-4']);
  });

  test('of one key', async () => {
    const all = await pages((Marker) =>
      read({ KeyId: keyIds[0]!, Limit: 1, ...(Marker === undefined ? {} : { Marker }) }),
    );
    expect(namesOf(all)).toEqual(['alias/earlier', 'alias/name-0', 'alias/name-35', 'alias/name-4']);
    expect(namesOf([await read({ KeyId: keyIds[5]! })])).toEqual([]);
  });
});

describe('grants', () => {
  const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
  const grant = (KeyId: string, name: string, RetiringPrincipal?: string) =>
    kms.send(
      new aws.CreateGrantCommand({
        KeyId,
        GranteePrincipal: user(name),
        Operations: ['Decrypt', 'Encrypt'],
        ...(RetiringPrincipal === undefined ? {} : { RetiringPrincipal }),
      }),
    );

  test('of a key, narrowed to a grantee or a grant', async () => {
    const KeyId = keyIds[0]!;
    for (let index = 0; index < 5; index += 1) await grant(KeyId, `user-${index % 2}`);
    const all = await pages((Marker) => kms.send(new aws.ListGrantsCommand({ KeyId, Limit: 2, Marker })));
    const grants = all.flatMap(({ Grants }) => Grants!);
    expect(new Set(grants.map(({ GrantId }) => GrantId)).size).toBe(5);
    const GranteePrincipal = user('user-1');
    const narrowed = await pages((Marker) =>
      kms.send(new aws.ListGrantsCommand({ KeyId, GranteePrincipal, Limit: 1, Marker })),
    );
    expect(narrowed.map(({ Grants }) => Grants!.length)).toEqual([1, 1]);
    const GrantId = grants[3]!.GrantId!;
    const one = await kms.send(new aws.ListGrantsCommand({ KeyId, GrantId }));
    expect(one.Grants).toEqual([grants[3]]);
    const marker = narrowed[0]!.NextMarker!;
    expect(await errorOf(kms.send(new aws.ListGrantsCommand({ KeyId, Marker: marker })))).toContain(
      'InvalidMarkerException',
    );
  });

  test('that somebody may retire, of all keys; not those of a key that is gone', async () => {
    const RetiringPrincipal = user('retirer');
    for (const index of [1, 2, 3]) await grant(keyIds[index]!, 'somebody', RetiringPrincipal);
    const retirable = () =>
      pages((Marker) =>
        kms.send(new aws.ListRetirableGrantsCommand({ RetiringPrincipal, Limit: 2, Marker })),
      );
    expect((await retirable()).map(({ Grants }) => Grants!.length)).toEqual([2, 1]);
    await kms.send(new aws.ScheduleKeyDeletionCommand({ KeyId: keyIds[2]!, PendingWindowInDays: 7 }));
    gateway.clock.ms += 7 * 24 * 60 * 60 * 1000;
    await gateway.service.settle();
    const left = (await retirable()).flatMap(({ Grants }) => Grants!.map(({ KeyId }) => KeyId));
    expect(left.map((arn) => arn!.split('/')[1])).toEqual([keyIds[1], keyIds[3]]);
  });
});

test('tags and policies of a key', async () => {
  const KeyId = keyIds[3]!;
  const Tags = Array.from({ length: 5 }, (_, index) => ({ TagKey: `tag ${index} é`, TagValue: `${index}` }));
  await kms.send(new aws.TagResourceCommand({ KeyId, Tags }));
  const all = await pages((Marker) => kms.send(new aws.ListResourceTagsCommand({ KeyId, Limit: 2, Marker })));
  expect(all.map((page) => page.Tags!.length)).toEqual([2, 2, 1]);
  expect(all.flatMap((page) => page.Tags!)).toEqual(Tags);
  const { PolicyNames, Truncated } = await kms.send(new aws.ListKeyPoliciesCommand({ KeyId }));
  expect([PolicyNames, Truncated]).toEqual([['default'], false]);
});

test('rotations of a key', async () => {
  const KeyId = keyIds[4]!;
  for (let rotated = 0; rotated < 3; rotated += 1)
    await kms.send(new aws.RotateKeyOnDemandCommand({ KeyId }));
  const all = await pages((Marker) => kms.send(new aws.ListKeyRotationsCommand({ KeyId, Limit: 2, Marker })));
  expect(all.map(({ Rotations }) => Rotations!.length)).toEqual([2, 1]);
  expect(all.flatMap(({ Rotations }) => Rotations!.map(({ RotationType }) => RotationType))).toEqual([
    'ON_DEMAND',
    'ON_DEMAND',
    'ON_DEMAND',
  ]);
  const { Rotations } = await kms.send(
    new aws.ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
  );
  expect(Rotations!.map(({ KeyMaterialState }) => KeyMaterialState)).toEqual([
    'NON_CURRENT',
    'NON_CURRENT',
    'NON_CURRENT',
    'CURRENT',
  ]);
  expect(Rotations![0]!.RotationType).toBeUndefined();
});
