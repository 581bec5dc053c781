/** AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy. */
import { Constraints } from '../engine/constraints.ts';
import { lambdaError } from '../engine/errors.ts';
import { type LayerVersionName, layerVersionArn } from '../engine/layer-arn.ts';
import { type Members, text } from '../engine/members.ts';
import { lambdaLimits } from '../limits.ts';
import { retried } from '../store/functions.ts';
import { uuid } from '../store/ids.ts';
import {
  findLayerVersion,
  type LayerStatement,
  type LayerVersionRow,
  layerVersionKey,
  layerVersionsTable,
} from '../store/layers.ts';
import { layerPolicy } from './layer-view.ts';
import { onLayer, readLayerVersion } from './layers.ts';
import type { LambdaCall } from './operation.ts';

const noPolicy = 'No policy is associated with the given resource.';

export const addLayerVersionPermission = onLayer('AddLayerVersionPermission', async (call) => {
  const layer = readLayerVersion(call);
  const statement = readStatement(call.input, layer);
  const revisionId = await changePolicy(call, layer, (before) => {
    if (before.some(({ Sid }) => Sid === statement.Sid)) {
      throw lambdaError(
        'ResourceConflictException',
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const after = [...before, statement];
    if (Buffer.byteLength(JSON.stringify(after)) > lambdaLimits.policyBytesMax) {
      throw lambdaError(
        'PolicyLengthExceededException',
        `The final policy size is bigger than the limit (${lambdaLimits.policyBytesMax}).`,
      );
    }
    return after;
  });
  return { Statement: JSON.stringify(statement), RevisionId: revisionId };
});

export const removeLayerVersionPermission = onLayer('RemoveLayerVersionPermission', async (call) => {
  const sid = text(call.input, 'StatementId')!;
  await changePolicy(call, readLayerVersion(call), (before) => {
    const after = before.filter(({ Sid }) => Sid !== sid);
    if (after.length === before.length) {
      throw lambdaError(
        'ResourceNotFoundException',
        `Statement ${sid.slice(0, 100)} is not found in resource policy.`,
      );
    }
    return after;
  });
  return undefined;
});

export const getLayerVersionPolicy = onLayer('GetLayerVersionPolicy', async (call) => {
  const { row } = await mustFind(call, readLayerVersion(call));
  const policy = layerPolicy(row);
  if (policy === undefined) throw lambdaError('ResourceNotFoundException', noPolicy);
  return { Policy: JSON.stringify(policy), RevisionId: row.policy?.revisionId };
});

/** @returns the new revision */
async function changePolicy(
  call: LambdaCall,
  layer: LayerVersionName,
  change: (before: readonly LayerStatement[]) => LayerStatement[],
): Promise<string> {
  const { context, input } = call;
  return retried(async () => {
    const { row, revision } = await mustFind(call, layer);
    const asked = text(input, 'RevisionId');
    if (asked !== undefined && asked !== row.policy?.revisionId) {
      throw lambdaError(
        'PreconditionFailedException',
        'The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id',
      );
    }
    const statements = change(row.policy?.statements ?? []);
    const policy = { revisionId: uuid(context.random), statements };
    const after: LayerVersionRow = { ...row, policy };
    const key = layerVersionKey(layer);
    const { domain } = context;
    await context.tables.transact([
      { kind: 'put', domain, table: layerVersionsTable, key, row: after, condition: { revision } },
    ]);
    return policy.revisionId;
  });
}

async function mustFind({ context }: LambdaCall, layer: LayerVersionName) {
  const found = await findLayerVersion(context, layer);
  if (found === undefined) {
    throw lambdaError('ResourceNotFoundException', `Layer version ${layerVersionArn(layer)} does not exist.`);
  }
  return found;
}

/** @throws AwsError ValidationException */
function readStatement(input: Members, layer: LayerVersionName): LayerStatement {
  const [sid, action, principal] = [
    text(input, 'StatementId')!,
    text(input, 'Action')!,
    text(input, 'Principal')!,
  ];
  const organization = text(input, 'OrganizationId');
  new Constraints()
    .length(sid, 'statementId', 100, 1)
    .pattern(sid, 'statementId', '([a-zA-Z0-9-_]+)')
    .pattern(action, 'action', 'lambda:GetLayerVersion')
    .pattern(principal, 'principal', '\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root')
    .pattern(organization, 'organizationId', 'o-[a-z0-9]{10,32}')
    .check();
  const who = /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
  return {
    Sid: sid,
    Effect: 'Allow',
    Principal: who === '*' ? '*' : { AWS: who },
    Action: action,
    Resource: layerVersionArn(layer),
    ...(organization === undefined
      ? {}
      : { Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } }),
  };
}
