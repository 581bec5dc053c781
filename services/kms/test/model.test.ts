/**
 * Control operations in any order against a plain model: after each the answers are the model's, and at the end custodians know the same
 * as the gateway, also after a restart.
 */
import * as aws from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ControlState } from '../authority/state.ts';
import { encodeKey } from '../model/records.ts';
import { keyKey, keysTable } from '../model/tables.ts';
import { type Gateway, openGateway } from './support/gateway.ts';
import { account } from './support/world.ts';

const dayMs = 24 * 60 * 60 * 1000;
const keysMax = 3;

/** What is expected of one key; written down from KMS's documentation, not from the engine. */
interface ModelKey {
  readonly id: string;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'Deleted';
  deletionMs: number;
  description: string;
  readonly tags: Map<string, string>;
  /** Grant id and grantee. */
  readonly grants: Map<string, string>;
  rotates: boolean;
}

interface Model {
  readonly keys: ModelKey[];
  /** Alias name and key. */
  readonly aliases: Map<string, ModelKey>;
}

type Step =
  | { readonly kind: 'create' }
  | {
      readonly kind:
        | 'enable'
        | 'disable'
        | 'schedule'
        | 'cancel'
        | 'rotate'
        | 'start rotation'
        | 'stop rotation'
        | 'revoke';
      readonly key: number;
    }
  | { readonly kind: 'describe' | 'tag' | 'untag' | 'grant'; readonly key: number; readonly text: string }
  | { readonly kind: 'alias' | 'move'; readonly key: number; readonly text: string }
  | { readonly kind: 'unalias'; readonly text: string }
  | { readonly kind: 'wait'; readonly days: number };

const key = fc.nat(keysMax - 1);
const text = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'enable',
        'disable',
        'schedule',
        'cancel',
        'rotate',
        'start rotation',
        'stop rotation',
        'revoke',
      ),
      key,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom('describe', 'tag', 'untag', 'grant', 'alias', 'move'),
      key,
      text,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unalias' as const), text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.constantFrom(1, 4, 8) }) },
);

const grantee = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const invalidState = 'KMSInvalidStateException';

/** The command, which error it should give, and what it does to the model when it gives none. */
interface Expected {
  // biome-ignore lint/suspicious/noExplicitAny: commands of all operations stand in one place
  readonly command: any;
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: outputs of all operations stand in one place
  take(output: any): void;
}

function expected(model: Model, one: Step, nowMs: number): Expected | undefined {
  if (one.kind === 'create') {
    if (model.keys.length >= keysMax) return undefined;
    const take = (output: aws.CreateKeyCommandOutput) =>
      model.keys.push({
        id: output.KeyMetadata!.KeyId!,
        state: 'Enabled',
        deletionMs: 0,
        description: '',
        tags: new Map(),
        grants: new Map(),
        rotates: false,
      });
    return { command: new aws.CreateKeyCommand({}), error: undefined, take };
  }
  if (one.kind === 'unalias') {
    const AliasName = `alias/${one.text}`;
    return {
      command: new aws.DeleteAliasCommand({ AliasName }),
      error: model.aliases.has(AliasName) ? undefined : 'NotFoundException',
      take: () => model.aliases.delete(AliasName),
    };
  }
  if (one.kind === 'wait') return undefined;
  const target = model.keys[one.key];
  if (target === undefined) return undefined;
  return onKey(model, target, one, nowMs);
}

type KeyStep = Exclude<Step, { readonly kind: 'create' | 'unalias' | 'wait' }>;

function onKey(model: Model, target: ModelKey, one: KeyStep, nowMs: number): Expected | undefined {
  const KeyId = target.id;
  const gone = target.state === 'Deleted' ? 'NotFoundException' : undefined;
  const leaving = gone ?? (target.state === 'PendingDeletion' ? invalidState : undefined);
  const disabled = leaving ?? (target.state === 'Disabled' ? 'DisabledException' : undefined);
  switch (one.kind) {
    case 'enable':
      return {
        command: new aws.EnableKeyCommand({ KeyId }),
        error: leaving,
        take: () => void (target.state = 'Enabled'),
      };
    case 'disable':
      return {
        command: new aws.DisableKeyCommand({ KeyId }),
        error: leaving,
        take: () => void (target.state = 'Disabled'),
      };
    case 'schedule':
      return {
        command: new aws.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
        error: leaving,
        take: () => Object.assign(target, { state: 'PendingDeletion', deletionMs: nowMs + 7 * dayMs }),
      };
    case 'cancel':
      return {
        command: new aws.CancelKeyDeletionCommand({ KeyId }),
        error: gone ?? (target.state === 'PendingDeletion' ? undefined : invalidState),
        take: () => void (target.state = 'Disabled'),
      };
    case 'rotate':
      return { command: new aws.RotateKeyOnDemandCommand({ KeyId }), error: disabled, take: () => undefined };
    case 'start rotation':
      return {
        command: new aws.EnableKeyRotationCommand({ KeyId }),
        error: disabled,
        take: () => void (target.rotates = true),
      };
    case 'stop rotation':
      return {
        command: new aws.DisableKeyRotationCommand({ KeyId }),
        error: disabled,
        take: () => void (target.rotates = false),
      };
    case 'describe':
      return {
        command: new aws.UpdateKeyDescriptionCommand({ KeyId, Description: one.text }),
        error: leaving,
        take: () => void (target.description = one.text),
      };
    case 'tag':
      return {
        command: new aws.TagResourceCommand({ KeyId, Tags: [{ TagKey: one.text, TagValue: KeyId }] }),
        error: leaving,
        take: () => target.tags.set(one.text, KeyId),
      };
    case 'untag':
      return {
        command: new aws.UntagResourceCommand({ KeyId, TagKeys: [one.text] }),
        error: leaving,
        take: () => target.tags.delete(one.text),
      };
    case 'grant':
      return {
        command: new aws.CreateGrantCommand({
          KeyId,
          GranteePrincipal: grantee(one.text),
          Operations: ['Decrypt'],
        }),
        error: disabled,
        take: (output: aws.CreateGrantCommandOutput) => target.grants.set(output.GrantId!, grantee(one.text)),
      };
    case 'revoke': {
      const [GrantId] = target.grants.keys();
      if (GrantId === undefined) return undefined;
      return {
        command: new aws.RevokeGrantCommand({ KeyId, GrantId }),
        error: gone,
        take: () => target.grants.delete(GrantId),
      };
    }
    case 'alias': {
      const AliasName = `alias/${one.text}`;
      return {
        command: new aws.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }),
        error: leaving ?? (model.aliases.has(AliasName) ? 'AlreadyExistsException' : undefined),
        take: () => model.aliases.set(AliasName, target),
      };
    }
    case 'move': {
      const AliasName = `alias/${one.text}`;
      return {
        command: new aws.UpdateAliasCommand({ AliasName, TargetKeyId: KeyId }),
        error: model.aliases.has(AliasName) ? leaving : 'NotFoundException',
        take: () => model.aliases.set(AliasName, target),
      };
    }
  }
}

async function perform(gateway: Gateway, model: Model, one: Step): Promise<void> {
  if (one.kind === 'wait') {
    gateway.clock.ms += one.days * dayMs;
    await gateway.service.settle();
    for (const each of model.keys) {
      if (each.state !== 'PendingDeletion' || each.deletionMs > gateway.clock.ms) continue;
      each.state = 'Deleted';
      for (const [name, target] of model.aliases) if (target === each) model.aliases.delete(name);
    }
    return;
  }
  const wanted = expected(model, one, gateway.clock.ms);
  if (wanted === undefined) return;
  let error: string | undefined;
  let output: unknown;
  try {
    output = await gateway.client().send(wanted.command);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.name : String(thrown);
  }
  expect(error).toBe(wanted.error);
  if (error === undefined) wanted.take(output);
}

async function compare(gateway: Gateway, model: Model): Promise<void> {
  const kms = gateway.client();
  const listed = (await kms.send(new aws.ListKeysCommand({}))).Keys!.map(({ KeyId }) => KeyId);
  const there = model.keys.filter(({ state }) => state !== 'Deleted');
  expect(listed).toEqual(there.map(({ id }) => id).sort());
  const { Aliases } = await kms.send(new aws.ListAliasesCommand({}));
  expect(Aliases!.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId])).toEqual(
    [...model.aliases].map(([name, { id }]) => [name, id]).sort(),
  );
  for (const { id: KeyId, state, description, tags, grants, rotates } of there) {
    const { KeyMetadata } = await kms.send(new aws.DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ KeyState: state, Description: description });
    const { Tags } = await kms.send(new aws.ListResourceTagsCommand({ KeyId }));
    expect(Tags!.map(({ TagKey }) => TagKey)).toEqual([...tags.keys()].sort());
    const { Grants } = await kms.send(new aws.ListGrantsCommand({ KeyId }));
    expect(new Map(Grants!.map((grant) => [grant.GrantId, grant.GranteePrincipal]))).toEqual(grants);
    const status = await kms.send(new aws.GetKeyRotationStatusCommand({ KeyId }));
    expect(status.KeyRotationEnabled).toBe(rotates && state !== 'PendingDeletion');
  }
}

/** Custodians and gateway made the same of the same calls. */
async function compareCustodian(gateway: Gateway, model: Model): Promise<void> {
  const state = new ControlState(gateway.custodian);
  for (const { id, grants, state: keyState } of model.keys) {
    const row = (await gateway.domain.get(keysTable, keyKey(id)))!.row;
    expect(encodeKey((await state.key(id))!)).toEqual(encodeKey({ ...row, publicKey: undefined }));
    if (keyState === 'Deleted') continue;
    for (const [grantId, granteePrincipal] of grants)
      expect(await state.grant(id, grantId)).toMatchObject({ granteePrincipal });
  }
  for (const [name, { id }] of model.aliases)
    expect(await state.alias(account, name)).toMatchObject({ targetKeyId: id });
  expect(gateway.custody.refusals).toEqual([]);
}

test('any order of control calls', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
      const gateway = await openGateway();
      const model: Model = { keys: [], aliases: new Map() };
      try {
        for (const one of steps) await perform(gateway, model, one);
        await compare(gateway, model);
        await compareCustodian(gateway, model);
        const again = await openGateway({ remains: gateway.remains(), clock: gateway.clock });
        try {
          await again.service.look();
          await compare(again, model);
          await compareCustodian(again, model);
        } finally {
          await again.close();
        }
      } finally {
        await gateway.close();
      }
    }),
    { numRuns: 12 },
  );
});
