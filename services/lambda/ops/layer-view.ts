/** Versions of layers as answers show them. */
import { timeText } from '../engine/configuration-view.ts';
import { layerArn, layerVersionArn } from '../engine/layer-arn.ts';
import type { Members } from '../engine/members.ts';
import type { LambdaContext } from '../store/context.ts';
import type { LayerVersionRow } from '../store/layers.ts';

export function listedLayerVersion(row: LayerVersionRow): Members {
  return {
    LayerVersionArn: layerVersionArn(row),
    Version: row.version,
    Description: row.description,
    CreatedDate: timeText(row.createdMs),
    CompatibleArchitectures: row.architectures,
    CompatibleRuntimes: row.runtimes,
    LicenseInfo: row.licenseInfo,
  };
}

export async function layerVersionView(context: LambdaContext, row: LayerVersionRow): Promise<Members> {
  return {
    ...listedLayerVersion(row),
    LayerArn: layerArn(row),
    Content: {
      Location: await context.codeUrl(row.package),
      CodeSha256: row.package.sha256,
      CodeSize: row.package.size,
    },
  };
}

/** As a document of IAM; undefined when nobody else is allowed anything. */
export function layerPolicy({ policy }: LayerVersionRow): Members | undefined {
  if (policy === undefined || policy.statements.length === 0) return undefined;
  return { Version: '2012-10-17', Id: 'default', Statement: policy.statements };
}
