/** Code signing configurations: Create, Get, Update, Delete, List, and which functions have them. */
import { publishersOf, requireDescription, untrustedPolicyOf } from '../engine/code-signing.ts';
import { lambdaError } from '../engine/errors.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import { withTags } from '../engine/setting-tags.ts';
import { functionArn, functionsOf, retried } from '../store/change.ts';
import {
  type CodeSigningRow,
  codeSigningArn,
  codeSigningKey,
  codeSigningsOf,
  codeSigningTable,
  findCodeSigning,
  putCodeSigning,
} from '../store/code-signing.ts';
import { roomFor } from '../store/room.ts';
import { type LambdaCall, type LambdaOperation, type Members, onAccount, textOf } from './operation.ts';
import { pageOf } from './setting-pages.ts';

const show = (row: CodeSigningRow): Members => ({
  CodeSigningConfig: shown(row),
});

const shown = (row: CodeSigningRow): Members => ({
  CodeSigningConfigId: row.id,
  CodeSigningConfigArn: codeSigningArn(row),
  Description: row.description,
  AllowedPublishers: { SigningProfileVersionArns: row.publishers },
  CodeSigningPolicies: { UntrustedArtifactOnDeployment: row.untrusted },
  LastModified: new Date(row.modifiedMs).toISOString().replace('Z', '+0000'),
});

/** @throws AwsError */
function changesOf(
  input: Members,
): Partial<Pick<CodeSigningRow, 'description' | 'publishers' | 'untrusted'>> {
  const description = textOf(input, 'Description');
  const publishers = (input.AllowedPublishers as Members | undefined)?.SigningProfileVersionArns;
  const policies = input.CodeSigningPolicies as Members | undefined;
  const untrusted = policies === undefined ? undefined : textOf(policies, 'UntrustedArtifactOnDeployment');
  if (description !== undefined) requireDescription(description);
  return {
    ...(description === undefined ? {} : { description }),
    ...(publishers === undefined ? {} : { publishers: publishersOf((publishers as unknown[]).map(String)) }),
    ...(untrusted === undefined ? {} : { untrusted: untrustedPolicyOf(untrusted) }),
  };
}

const everyConfig = () => 'code-signing-config:*';
const idOf = (input: Members): string => String(input.CodeSigningConfigArn);

/** On a configuration named by its ARN, which is of the caller's account or is not found. */
function onConfig(
  name: string,
  operate: (call: LambdaCall) => Promise<Members | undefined>,
): LambdaOperation {
  return onAccount(name, (input) => `code-signing-config:${idOf(input).split(':').at(-1)}`, operate);
}

async function configOf({ context, scope, input }: LambdaCall) {
  const found = await findCodeSigning(context, scope, idOf(input));
  if (found === undefined)
    throw lambdaError(
      'ResourceNotFoundException',
      `The Lambda code signing configuration ${idOf(input).slice(0, 200)} can not be found.`,
    );
  return found;
}

const create = onAccount('CreateCodeSigningConfig', everyConfig, async ({ context, scope, input }) => {
  const row: CodeSigningRow = {
    ...scope,
    id: `csc-${Buffer.from(context.random.bytes(9)).toString('hex').slice(0, 17)}`,
    description: '',
    publishers: [],
    untrusted: 'Warn',
    ...changesOf(input),
    modifiedMs: context.clock.now(),
    tags: withTags({}, (input.Tags as Record<string, string> | undefined) ?? {}),
    attached: 0,
  };
  const { codeSigningConfigsMax } = settingLimits;
  await retried(async () => {
    const room = await roomFor(
      context,
      scope,
      'code signing configurations',
      codeSigningConfigsMax,
      codeSigningsOf,
    );
    await context.tables.transact([...room, putCodeSigning(context, row, 'absent')]);
  });
  return show(row);
});

const get = onConfig('GetCodeSigningConfig', async (call) => show((await configOf(call)).row));

const update = onConfig('UpdateCodeSigningConfig', async (call) => {
  const { context, input } = call;
  const changes = changesOf(input);
  return retried(async () => {
    const { row, revision } = await configOf(call);
    const after = { ...row, ...changes, modifiedMs: context.clock.now() };
    await context.tables.transact([putCodeSigning(context, after, { revision })]);
    return show(after);
  });
});

const remove = onConfig('DeleteCodeSigningConfig', async (call) => {
  const { context, scope } = call;
  await retried(async () => {
    const { row, revision } = await configOf(call);
    const arn = codeSigningArn(row);
    for await (const one of functionsOf(context, scope))
      if (one.codeSigningConfigArn === arn)
        throw lambdaError(
          'ResourceConflictException',
          `Cannot delete the CodeSigningConfig because it is being used by the function ${functionArn(one)}.`,
        );
    const name = { domain: context.domain, table: codeSigningTable, key: codeSigningKey(row, row.id) };
    await context.tables.transact([{ kind: 'remove', ...name, condition: { revision } }]);
  });
  return undefined;
});

const list = onAccount('ListCodeSigningConfigs', everyConfig, async ({ context, scope, input }) => {
  const page = await pageOf(input, 'code-signing', (after) => codeSigningsOf(context, scope, after));
  return { CodeSigningConfigs: page.items.map(shown), ...page.next };
});

const listFunctions = onConfig('ListFunctionsByCodeSigningConfig', async (call) => {
  const { context, scope, input } = call;
  const arn = codeSigningArn((await configOf(call)).row);
  const page = await pageOf(input, `functions ${arn}`, async function* (after = '') {
    for await (const one of functionsOf(context, scope))
      if (one.codeSigningConfigArn === arn && one.name > after) yield [one.name, functionArn(one)] as const;
  });
  return { FunctionArns: page.items, ...page.next };
});

export const codeSigningOperations = [create, get, update, remove, list, listFunctions];
