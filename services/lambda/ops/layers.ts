/** PublishLayerVersion, DeleteLayerVersion: numbers of layers are given once. */
import type { ResourceRef } from '@hypergate/kit';
import type { DomainWrite } from '@hypergate/table';
import { Constraints } from '../engine/constraints.ts';
import {
  checkLayerVersion,
  type LayerVersionName,
  layerArn,
  layerVersionArn,
  namedLayer,
  readLayerName,
} from '../engine/layer-arn.ts';
import { type Members, number, structure, text, texts } from '../engine/members.ts';
import { checkCompatibleRuntimes } from '../engine/runtimes.ts';
import { architectures } from '../engine/validate-configuration.ts';
import { lambdaLimits } from '../limits.ts';
import { retried } from '../store/functions.ts';
import {
  findLayerVersion,
  type LayerRow,
  type LayerVersionRow,
  layerKey,
  layersTable,
  layerVersionKey,
  layerVersionsTable,
} from '../store/layers.ts';
import { PackageUses } from '../store/package-uses.ts';
import { requireRoom } from '../store/usage.ts';
import { stageCode, withStaged } from './code.ts';
import { layerPolicy, layerVersionView } from './layer-view.ts';
import type { LambdaCall, LambdaOperation } from './operation.ts';

/** On a layer, or one version of it with its policy. */
export function onLayer(
  name: string,
  operate: (call: LambdaCall) => Promise<Members | undefined>,
  options: Partial<LambdaOperation> = {},
): LambdaOperation {
  return {
    name,
    resources: async ({ context, scope, input }) => {
      const layer = namedLayer(text(input, 'LayerName') ?? '', scope);
      if (layer === undefined) return [];
      const version = number(input, 'VersionNumber');
      if (version === undefined) return [{ arn: layerArn(layer), ownerAccountId: layer.account }];
      return [await layerResource(context, { ...layer, version })];
    },
    operate: async (call) => ({ output: (await operate(call)) ?? {} }),
    ...options,
  };
}

export async function layerResource(
  context: LambdaCall['context'],
  layer: LayerVersionName,
): Promise<ResourceRef> {
  const found = layer.version < 1 ? undefined : await findLayerVersion(context, layer);
  const policy = found && layerPolicy(found.row);
  return {
    arn: layerVersionArn(layer),
    ownerAccountId: layer.account,
    ...(policy === undefined ? {} : { policy }),
  };
}

export const publishLayerVersion = onLayer('PublishLayerVersion', publish, {
  bodyBytesMax: lambdaLimits.createBodyMax,
});

async function publish(call: LambdaCall): Promise<Members> {
  const { context, input, scope } = call;
  const layer = readLayerName(text(input, 'LayerName')!, scope);
  const described = describe(input);
  const staged = await stageCode(call, structure(input, 'Content') ?? {});
  const row = await withStaged(staged, async () => {
    await requireRoom(context, scope, staged.ref.size);
    return retried(async () => {
      const before = await context.domain.get(layersTable, layerKey(layer));
      const version = before?.row.nextVersion ?? 1;
      const made: LayerVersionRow = {
        ...layer,
        version,
        createdMs: context.clock.now(),
        ...described,
        package: staged.ref,
      };
      const layerRow: LayerRow = { ...layer, nextVersion: version + 1 };
      const packages = await new PackageUses().count(staged.ref, 1).writes(context.packages, staged);
      const { domain } = context;
      const writes: DomainWrite[] = [
        {
          kind: 'put',
          domain,
          table: layersTable,
          key: layerKey(layer),
          row: layerRow,
          condition: before === undefined ? 'absent' : { revision: before.revision },
        },
        { kind: 'put', domain, table: layerVersionsTable, key: layerVersionKey(made), row: made },
      ];
      await context.tables.transact([...writes, ...packages.writes]);
      return { result: made, takesStaged: packages.takesStaged };
    });
  });
  return layerVersionView(context, row);
}

/** @throws AwsError ValidationException */
function describe(
  input: Members,
): Pick<LayerVersionRow, 'description' | 'runtimes' | 'architectures' | 'licenseInfo'> {
  const [runtimes, fits] = [texts(input, 'CompatibleRuntimes'), texts(input, 'CompatibleArchitectures')];
  const [description, licenseInfo] = [text(input, 'Description'), text(input, 'LicenseInfo')];
  const constraints = new Constraints()
    .length(description, 'description', lambdaLimits.descriptionCharsMax)
    .length(licenseInfo, 'licenseInfo', lambdaLimits.licenseCharsMax);
  const shown = `[${(runtimes ?? []).join(', ')}]`;
  if ((runtimes?.length ?? 0) > lambdaLimits.compatibleRuntimesMax) {
    const limit = `Member must have length less than or equal to ${lambdaLimits.compatibleRuntimesMax}`;
    constraints.fail(shown, 'compatibleRuntimes', limit);
  }
  checkCompatibleRuntimes(runtimes ?? [], 'compatibleRuntimes', constraints);
  if (fits?.some((one) => !architectures.includes(one)) === true) {
    constraints.fail(
      `[${fits.join(', ')}]`,
      'compatibleArchitectures',
      `Member must satisfy constraint: [Member must satisfy enum value set: [${architectures.join(', ')}], Member must not be null]`,
    );
  }
  constraints.check();
  return {
    description: description ?? '',
    ...(runtimes === undefined ? {} : { runtimes: [...runtimes] }),
    ...(fits === undefined ? {} : { architectures: [...new Set(fits)] }),
    ...(licenseInfo === undefined ? {} : { licenseInfo }),
  };
}

/** @throws AwsError ValidationException, InvalidParameterValueException */
export function readLayerVersion({ input, scope }: LambdaCall): LayerVersionName {
  const layer = readLayerName(text(input, 'LayerName')!, scope);
  const version = number(input, 'VersionNumber')!;
  checkLayerVersion(version);
  return { ...layer, version };
}

export const deleteLayerVersion = onLayer('DeleteLayerVersion', async (call) => {
  const { context } = call;
  const layer = readLayerVersion(call);
  await retried(async () => {
    const found = await findLayerVersion(context, layer);
    // To delete what is not there is no error, as on AWS.
    if (found === undefined) return;
    const packages = await new PackageUses().count(found.row.package, -1).writes(context.packages);
    const remove: DomainWrite = {
      kind: 'remove',
      domain: context.domain,
      table: layerVersionsTable,
      key: layerVersionKey(layer),
      condition: { revision: found.revision },
    };
    await context.tables.transact([remove, ...packages.writes]);
  });
  return undefined;
});
