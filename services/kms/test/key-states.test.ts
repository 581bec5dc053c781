/** Key states, imports, rotation, aliases and grants against a plain model, over random runs of calls and time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueOf, keyMetadata } from '../engine/index.ts';
import type { KeyState } from '../engine/key-record.ts';
import { account, callerOf, refusalOf, userOf, World } from './support/world.ts';

const day = 86_400_000;

/** What a key is, said as plainly as the documentation does. */
interface Model {
  readonly external: boolean;
  state: KeyState;
  /** Material by id, and until when; the last of `used` is current. */
  present: Map<string, number | undefined>;
  used: string[];
  waiting: string | undefined;
  deletion: number | undefined;
  rotation: { days: number; next: number } | undefined;
  made: number;
  /** By name: whether it leads to this key, or to the other one, which stays enabled. */
  aliases: Map<string, 'key' | 'other'>;
  /** By id, the oldest first. */
  grants: Set<string>;
}

type Step =
  | {
      readonly kind:
        | 'enable'
        | 'disable'
        | 'cancel'
        | 'rotate'
        | 'stop rotation'
        | 'grant'
        | 'revoke'
        | 'encrypt'
        | 'encrypt by grant'
        | 'encrypt by alias'
        | 'due';
    }
  | { readonly kind: 'schedule'; readonly days: number }
  | { readonly kind: 'wait'; readonly days: number }
  | { readonly kind: 'start rotation'; readonly days: number }
  /** @param days until it expires; 0 for never */
  | { readonly kind: 'import'; readonly id: number; readonly isNew: boolean; readonly days: number }
  | { readonly kind: 'delete material'; readonly id: number }
  | { readonly kind: 'alias' | 'no alias' | 'alias to key' | 'alias to other'; readonly name: string };

const weighted = (weight: number, arbitrary: fc.Arbitrary<unknown>) => ({ weight, arbitrary });
const steps = fc.oneof(
  weighted(
    6,
    fc.record({
      kind: fc.constantFrom(
        'enable',
        'disable',
        'cancel',
        'rotate',
        'stop rotation',
        'grant',
        'revoke',
        'encrypt',
        'encrypt by grant',
        'encrypt by alias',
      ),
    }),
  ),
  weighted(3, fc.record({ kind: fc.constant('due') })),
  weighted(1, fc.record({ kind: fc.constant('schedule'), days: fc.integer({ min: 7, max: 30 }) })),
  weighted(2, fc.record({ kind: fc.constant('wait'), days: fc.integer({ min: 1, max: 100 }) })),
  weighted(1, fc.record({ kind: fc.constant('start rotation'), days: fc.constantFrom(90, 365) })),
  weighted(
    3,
    fc.record({
      kind: fc.constant('import'),
      id: fc.nat(2),
      isNew: fc.boolean(),
      days: fc.constantFrom(0, 0, 1, 40),
    }),
  ),
  weighted(1, fc.record({ kind: fc.constant('delete material'), id: fc.nat(2) })),
  weighted(
    3,
    fc.record({
      kind: fc.constantFrom('alias', 'no alias', 'alias to key', 'alias to other'),
      name: fc.constantFrom('alias/a', 'alias/b'),
    }),
  ),
) as fc.Arbitrary<Step>;

const idOf = (id: number) => `${id}`.repeat(64);
const grantee = userOf('g');
/** Keys are made, and changed, in the moment of their call; nothing here is replicated or comes from a key store. */
const reachable: readonly KeyState[] = ['Enabled', 'Disabled', 'PendingImport', 'PendingDeletion', 'Deleted'];

test('states follow the model, whatever is called in whatever order', async () => {
  const reached = new Set<KeyState>();
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(steps, { minLength: 10, maxLength: 50 }),
      async (external, all) => {
        const world = new World();
        const { keyId: other } = await world.newKey();
        const key = await world.newKey({ Origin: external ? 'EXTERNAL' : 'AWS_KMS' });
        const model: Model = {
          external,
          state: external ? 'PendingImport' : 'Enabled',
          present: new Map(),
          used: [],
          waiting: undefined,
          deletion: undefined,
          rotation: undefined,
          made: external ? 0 : 1,
          aliases: new Map(),
          grants: new Set(),
        };
        for (const step of all) {
          const expected = follow(model, step, world.nowMs);
          const found = await refusalOf(() => act(world, { KeyId: key.keyId, other, model }, step));
          if (expected === 'ok') expect(found).toMatch(/^nothing was refused/);
          else expect(found.split(':')[0]).toBe(expected);
          const now = world.key(key.keyId);
          reached.add(now.state);
          expect(now.state).toBe(model.state);
          const namesOf = (whose: 'key' | 'other') =>
            [...model.aliases.keys()].filter((name) => model.aliases.get(name) === whose).sort();
          expect(now.aliases).toEqual(namesOf('key'));
          expect(world.key(other)).toMatchObject({ state: 'Enabled', aliases: namesOf('other') });
          for (const [name, whose] of model.aliases)
            expect((await world.view.alias(account, name))?.targetKeyId).toBe(
              whose === 'key' ? key.keyId : other,
            );
          expect(now.grants).toBe(model.grants.size);
          expect([...world.view.grants.values()].map(({ grantId }) => grantId)).toEqual([...model.grants]);
          const current = model.present.get(model.used.at(-1) ?? '');
          expect(keyMetadata(now)).toMatchObject({
            Enabled: model.state === 'Enabled',
            KeyState: model.state,
            DeletionDate: model.state === 'PendingDeletion' ? new Date(model.deletion!) : undefined,
            ValidTo: current === undefined ? undefined : new Date(current),
          });
          if (now.state !== 'Deleted') expect(now.rotation?.nextMs).toBe(model.rotation?.next);
          expect(now.versions).toHaveLength(
            external ? model.used.length + (model.waiting === undefined ? 0 : 1) : model.made,
          );
          // Never two current versions, and a handle of its own for each.
          expect(now.versions.filter(({ state }) => state === 'CURRENT').length).toBeLessThanOrEqual(1);
          expect(new Set(now.versions.map(({ handle }) => handle)).size).toBe(now.versions.length);
        }
      },
    ),
    { numRuns: 600 },
  );
  expect([...reached].sort()).toEqual([...reachable].sort());
});

interface Subject {
  readonly KeyId: string;
  readonly other: string;
  readonly model: Model;
}

async function act(world: World, { KeyId, other, model }: Subject, step: Step): Promise<unknown> {
  switch (step.kind) {
    case 'enable':
      return world.run('EnableKey', { KeyId });
    case 'disable':
      return world.run('DisableKey', { KeyId });
    case 'schedule':
      return world.run('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: step.days });
    case 'cancel':
      return world.run('CancelKeyDeletion', { KeyId });
    case 'rotate':
      return world.run('RotateKeyOnDemand', { KeyId });
    case 'start rotation':
      return world.run('EnableKeyRotation', { KeyId, RotationPeriodInDays: step.days });
    case 'stop rotation':
      return world.run('DisableKeyRotation', { KeyId });
    case 'grant': {
      const input = { KeyId, GranteePrincipal: grantee.arn, Operations: ['Encrypt'] };
      const { output } = await world.run('CreateGrant', input);
      model.grants.add(String(output.GrantId));
      return undefined;
    }
    case 'revoke':
      return world.run('RevokeGrant', { KeyId, GrantId: [...model.grants][0] ?? 'f'.repeat(64) }).then(() => {
        model.grants.delete([...model.grants][0]!);
      });
    case 'encrypt':
      return world.use('Encrypt', { KeyId, Plaintext: new Uint8Array(1) });
    case 'encrypt by grant':
      return world.as(callerOf(grantee), () => world.use('Encrypt', { KeyId, Plaintext: new Uint8Array(1) }));
    case 'encrypt by alias':
      return world.use('Encrypt', { KeyId: 'alias/a', Plaintext: new Uint8Array(1) });
    case 'import': {
      const input = {
        KeyId,
        ImportToken: new Uint8Array(1),
        EncryptedKeyMaterial: new Uint8Array(1),
        ...(step.days === 0
          ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
          : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(world.nowMs + step.days * day) }),
        ImportType: step.isNew ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL',
      };
      return world.run('ImportKeyMaterial', input, { ...world.choices(), materialId: idOf(step.id) });
    }
    case 'delete material':
      return world.run('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: idOf(step.id) });
    case 'alias':
      return world.run('CreateAlias', { AliasName: step.name, TargetKeyId: KeyId });
    case 'alias to key':
    case 'alias to other': {
      const TargetKeyId = step.kind === 'alias to key' ? KeyId : other;
      return world.run('UpdateAlias', { AliasName: step.name, TargetKeyId });
    }
    case 'no alias':
      return world.run('DeleteAlias', { AliasName: step.name });
    case 'wait':
      world.nowMs += step.days * day;
      return undefined;
    case 'due': {
      const operation = dueOf(world.key(KeyId), world.nowMs);
      return operation === undefined ? undefined : world.due(operation, KeyId);
    }
  }
}

/** @returns the code of a refusal, or `ok` */
function follow(model: Model, step: Step, nowMs: number): string {
  const isOfKey = !['wait', 'due', 'no alias', 'alias to other', 'encrypt by alias'].includes(step.kind);
  if (model.state === 'Deleted' && isOfKey) return 'NotFoundException';
  const leaving = model.state === 'PendingDeletion';
  const whole = () => model.used.length > 0 && model.used.every((id) => model.present.has(id));
  const needsEnabled = () =>
    model.state === 'Enabled'
      ? 'ok'
      : model.state === 'Disabled'
        ? 'DisabledException'
        : 'KMSInvalidStateException';
  /** Material ends by itself; the key's state follows with what is due. */
  const needsUsable = () => {
    const isOver = model.used.some((id) => (model.present.get(id) ?? Infinity) <= nowMs);
    return isOver && !leaving ? 'KMSInvalidStateException' : needsEnabled();
  };
  switch (step.kind) {
    case 'enable':
    case 'disable':
      if (leaving || model.state === 'PendingImport') return 'KMSInvalidStateException';
      model.state = step.kind === 'enable' ? 'Enabled' : 'Disabled';
      return 'ok';
    case 'schedule':
      if (leaving) return 'KMSInvalidStateException';
      model.state = 'PendingDeletion';
      model.deletion = nowMs + step.days * day;
      return 'ok';
    case 'cancel':
      if (!leaving) return 'KMSInvalidStateException';
      if (model.deletion! <= nowMs) return 'NotFoundException';
      model.state = model.external && !whole() ? 'PendingImport' : 'Disabled';
      return 'ok';
    case 'grant':
      return needsEnabled();
    case 'encrypt':
      return needsUsable();
    case 'encrypt by grant':
      // Leave is asked for before the state is told.
      return model.grants.size === 0 ? 'AccessDeniedException' : needsUsable();
    case 'encrypt by alias': {
      const whose = model.aliases.get('alias/a');
      if (whose === undefined) return 'NotFoundException';
      return whose === 'other' ? 'ok' : needsUsable();
    }
    case 'revoke':
      // In whatever state: a key that is away must be one that nobody waits for.
      return model.grants.size === 0 ? 'NotFoundException' : 'ok';
    case 'start rotation':
    case 'stop rotation': {
      if (leaving) return 'KMSInvalidStateException';
      if (model.state === 'Disabled') return 'DisabledException';
      if (model.external) return 'UnsupportedOperationException';
      const days = 'days' in step ? step.days : undefined;
      if (days === undefined) model.rotation = undefined;
      else if (model.rotation?.days !== days) model.rotation = { days, next: nowMs + days * day };
      return 'ok';
    }
    case 'rotate':
      if (needsEnabled() !== 'ok') return needsEnabled();
      if (model.rotation !== undefined && model.rotation.next - nowMs <= 20 * 60_000)
        return 'ConflictException';
      if (!model.external) model.made += 1;
      else if (model.waiting === undefined) return 'KMSInvalidStateException';
      else {
        model.used.push(model.waiting);
        model.waiting = undefined;
      }
      return 'ok';
    case 'import': {
      const id = idOf(step.id);
      if (leaving) return 'KMSInvalidStateException';
      if (!model.external) return 'UnsupportedOperationException';
      const known = model.used.includes(id) || model.waiting === id;
      if (step.isNew === known) return 'IncorrectKeyMaterialException';
      if (step.isNew && model.used.length > 0 && model.waiting !== undefined)
        return 'KMSInvalidStateException';
      if (step.isNew && model.used.length === 0) model.used.push(id);
      else if (step.isNew) model.waiting = id;
      model.present.set(id, step.days === 0 ? undefined : nowMs + step.days * day);
      if (model.state === 'PendingImport' && whole()) model.state = 'Enabled';
      return 'ok';
    }
    case 'delete material': {
      const id = idOf(step.id);
      if (!model.external) return 'UnsupportedOperationException';
      if (!model.used.includes(id) && model.waiting !== id) return 'NotFoundException';
      if (model.waiting === id) model.waiting = undefined;
      model.present.delete(id);
      if (!leaving && !whole()) model.state = 'PendingImport';
      return 'ok';
    }
    case 'alias':
      if (leaving) return 'KMSInvalidStateException';
      if (model.aliases.has(step.name)) return 'AlreadyExistsException';
      model.aliases.set(step.name, 'key');
      return 'ok';
    case 'alias to key':
      if (!model.aliases.has(step.name)) return 'NotFoundException';
      if (leaving) return 'KMSInvalidStateException';
      model.aliases.set(step.name, 'key');
      return 'ok';
    case 'alias to other':
      if (!model.aliases.has(step.name)) return 'NotFoundException';
      model.aliases.set(step.name, 'other');
      return 'ok';
    case 'no alias':
      return model.aliases.delete(step.name) ? 'ok' : 'NotFoundException';
    case 'wait':
      return 'ok';
    case 'due': {
      // One thing at a time, the most final first.
      const ended = [...model.present].filter(([, until]) => until !== undefined && until <= nowMs);
      if (leaving && model.deletion! <= nowMs) {
        model.state = 'Deleted';
        for (const [name, whose] of model.aliases) if (whose === 'key') model.aliases.delete(name);
        model.grants.clear();
      } else if (model.state !== 'Deleted' && ended.length > 0) {
        for (const [id] of ended) {
          model.present.delete(id);
          if (model.waiting === id) model.waiting = undefined;
        }
        if (!leaving && !whole()) model.state = 'PendingImport';
      } else if (model.state === 'Enabled' && model.rotation !== undefined && model.rotation.next <= nowMs) {
        model.made += 1;
        while (model.rotation.next <= nowMs) model.rotation.next += model.rotation.days * day;
      }
      return 'ok';
    }
  }
}

test('expired material is gone, and the key waits for it', async () => {
  const world = new World();
  const { keyId: KeyId } = await world.newKey({ Origin: 'EXTERNAL' });
  const input = {
    KeyId,
    ImportToken: new Uint8Array(1),
    EncryptedKeyMaterial: new Uint8Array(1),
    ValidTo: new Date(world.nowMs + day),
  };
  await world.run('ImportKeyMaterial', input);
  expect(dueOf(world.key(KeyId), world.nowMs + day - 1)).toBeUndefined();
  const encrypt = () => world.use('Encrypt', { KeyId, Plaintext: new Uint8Array(1) });
  world.nowMs += day - 1;
  await encrypt();
  world.nowMs += 1;
  const refusal = await refusalOf(encrypt);
  expect(refusal).toContain('KMSInvalidStateException');
  await world.due('ExpireKeyMaterial', KeyId);
  expect(await refusalOf(encrypt)).toBe(refusal);
  expect(world.key(KeyId)).toMatchObject({
    state: 'PendingImport',
    versions: [{ imported: { present: false } }],
  });
});

test('no key takes the id or a handle of another, not even of a deleted one', async () => {
  const world = new World();
  const key = await world.newKey();
  await world.run('ScheduleKeyDeletion', { KeyId: key.keyId });
  world.nowMs += 30 * day;
  await world.due('DeleteKey', key.keyId);
  const handle = key.versions[0]!.handle;
  const choices = { keyId: '11111111-1111-4111-8111-111111111111', handle };
  expect(await refusalOf(() => world.run('CreateKey', {}, choices))).toContain('the handle is in use');
  const sameId = { keyId: key.keyId, handle: 'e'.repeat(32) };
  expect(await refusalOf(() => world.run('CreateKey', {}, sameId))).toContain('the key id is in use');
});
