/** The zip file of a function or layer: in the request, or in a bucket. */
import { AwsError } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import { type Members, text } from '../engine/members.ts';
import { lambdaLimits } from '../limits.ts';
import type { LayerUse, PackageRef } from '../model/function-rows.ts';
import type { StagedPackage } from '../packages/api.ts';
import type { LambdaCall } from './operation.ts';

const l = lambdaLimits;

export interface StagedCode extends StagedPackage {
  readonly zip: Uint8Array;
}

/**
 * @param source members ZipFile, S3Bucket, S3Key, S3ObjectVersion
 * @throws AwsError InvalidParameterValueException, RequestEntityTooLargeException and what the package is refused for
 */
export async function stageCode(call: LambdaCall, source: Members): Promise<StagedCode> {
  const zip = await readCode(call, source);
  const staged = await call.context.packages.stage(call.scope.account, zip, l.unpackedMax);
  return { ...staged, zip };
}

async function readCode(call: LambdaCall, source: Members): Promise<Uint8Array> {
  const zip = source.ZipFile as Uint8Array | undefined;
  const [bucket, key] = [text(source, 'S3Bucket'), text(source, 'S3Key')];
  if (text(source, 'ImageUri') !== undefined)
    refuse("Please don't provide ImageUri when updating a function with packageType Zip.");
  if (zip !== undefined) {
    if (bucket !== undefined || key !== undefined || text(source, 'S3ObjectVersion') !== undefined)
      refuse('Please do not provide other FunctionCode parameters when providing a ZipFile.');
    if (zip.length > l.zipUploadMax) {
      throw lambdaError(
        'RequestEntityTooLargeException',
        `Zipped size must be smaller than ${l.zipUploadMax} bytes`,
      );
    }
    return zip;
  }
  if (bucket === undefined && key === undefined) refuse('Please provide a source for function code.');
  if (bucket === undefined || key === undefined) refuse('Please provide both S3Bucket and S3Key.');
  return readObject(call, bucket, key, text(source, 'S3ObjectVersion'));
}

async function readObject(
  { context, scope, sent }: LambdaCall,
  bucket: string,
  key: string,
  version: string | undefined,
): Promise<Uint8Array> {
  const { principal, signal } = sent;
  const { region } = scope;
  try {
    const request = { principal, region, bucket, key, version, bytesMax: l.zipFromS3Max, signal };
    return await context.readS3Object(request);
  } catch (error) {
    if (!(error instanceof AwsError) || error.status >= 500) throw error;
    const said = `S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`;
    if (error.status === 403) {
      throw lambdaError(
        'AccessDeniedException',
        `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${bucket}/${key}. ${said}`,
      );
    }
    throw lambdaError('InvalidParameterValueException', `Error occurred while GetObject. ${said}`);
  }
}

/** @throws AwsError InvalidParameterValueException */
export function checkUnpackedSize(code: PackageRef, layers: readonly LayerUse[]): void {
  const bytes = layers.reduce((sum, layer) => sum + layer.package.unpackedSize, code.unpackedSize);
  if (bytes > l.unpackedMax) {
    refuse(
      `Function code combined with layers exceeds the maximum allowed size of ${l.unpackedMax} bytes. The actual size is ${bytes} bytes.`,
    );
  }
}

/**
 * Whatever becomes of it, what was staged is kept or given back.
 * @param store says whether the package is kept by what it wrote
 */
export async function withStaged<Result>(
  staged: StagedPackage,
  store: () => Promise<{ readonly result: Result; readonly takesStaged: boolean }>,
): Promise<Result> {
  let isTaken = false;
  try {
    const { result, takesStaged } = await store();
    isTaken = takesStaged;
    return result;
  } finally {
    if (!isTaken) staged.discard();
  }
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
