/** Layers that a function names: found, allowed, and fit to be put together. */
import { evaluate } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import { type LayerVersionName, layerArn, layerVersionArn, layerVersionOf } from '../engine/layer-arn.ts';
import { lambdaLimits } from '../limits.ts';
import type { LayerUse } from '../model/function-rows.ts';
import { findLayerVersion, type LayerVersionRow } from '../store/layers.ts';
import { layerPolicy } from './layer-view.ts';
import type { LambdaCall } from './operation.ts';

/**
 * @returns what a version keeps of them: their packages, so that it goes on when the layers are gone
 * @throws AwsError InvalidParameterValueException, AccessDeniedException
 */
export async function useLayers(
  call: LambdaCall,
  arns: readonly string[],
  held: readonly LayerUse[],
): Promise<LayerUse[]> {
  if (arns.length > lambdaLimits.layersPerFunctionMax)
    refuse(`Cannot reference more than ${lambdaLimits.layersPerFunctionMax} layers.`);
  const { region } = call.scope;
  const layers: LayerUse[] = [];
  const seen = new Map<string, string>();
  for (const arn of arns) {
    const name = layerVersionOf(arn) ?? missing(arn);
    if (name.region !== region)
      refuse(
        `Layers are not in the same region as the function. Layers are expected to be in region ${region}.`,
      );
    const other = seen.get(layerArn(name));
    if (other !== undefined) {
      refuse(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    seen.set(layerArn(name), arn);
    // A function goes on with a layer version that was deleted, or closed to it, since.
    const own = held.find((layer) => layer.arn === layerVersionArn(name));
    if (own !== undefined) {
      layers.push(own);
      continue;
    }
    const found = await findLayerVersion(call.context, name);
    requireAllowed(call, name, found?.row);
    if (found === undefined) missing(arn);
    layers.push({ arn: layerVersionArn(name), package: found.row.package });
  }
  return layers;
}

/** Asked before it is said whether it is there: nobody learns what another account has. */
function requireAllowed(
  { sent }: LambdaCall,
  name: LayerVersionName,
  row: LayerVersionRow | undefined,
): void {
  const policy = row && layerPolicy(row);
  const decision = evaluate({
    principal: sent.principal,
    action: 'lambda:GetLayerVersion',
    resource: { arn: layerVersionArn(name), ownerAccountId: name.account },
    identityPolicies: sent.identityPolicies ?? [],
    resourcePolicies: policy === undefined ? [] : [policy],
    context: sent.policyContext?.() ?? {},
  });
  if (decision !== 'allow') denied(sent.principal.arn, layerVersionArn(name));
}

function denied(caller: string, arn: string): never {
  throw lambdaError(
    'AccessDeniedException',
    `User: ${caller} is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because no resource-based policy allows the lambda:GetLayerVersion action`,
  );
}

function missing(arn: string): never {
  refuse(`Layer version ${arn} does not exist.`);
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
